//! Expressions and templates, compiled once.

use minijinja::{Environment, UndefinedBehavior};

use super::problem::Problem;
use super::{bounds, filters};
use crate::rule::definition::Rule;

/// Steps one evaluation may take: a hundred times what the longest built-in message needs,
/// and milliseconds of a rule that would loop.
const FUEL: u64 = 50_000;

/// What a condition that holds prints.
pub const HOLDS: &str = "holds";

/// The parts of a rule that are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    When,
    Title,
    Message,
    Severity,
    SavedMs,
    SavedMsLow,
    GainWhen,
    ActionWhen(usize),
    Statement(usize),
    ActionUndo(usize),
    Caution(usize),
    To(usize),
    Stop(usize),
    Fix,
}

impl Part {
    /// Key in the file.
    pub fn key(self) -> &'static str {
        match self {
            Part::When => "when",
            Part::Title => "title",
            Part::Message => "message",
            Part::Severity => "severity",
            Part::SavedMs => "saved_ms",
            Part::SavedMsLow => "saved_ms_low",
            Part::GainWhen => "gain_when",
            Part::ActionWhen(_) => "when",
            Part::Statement(_) => "statement",
            Part::ActionUndo(_) => "undo",
            Part::Caution(_) => "caution",
            Part::To(_) => "to",
            Part::Stop(_) => "stop",
            Part::Fix => "fix",
        }
    }

    pub fn is_expression(self) -> bool {
        self.is_condition() || matches!(self, Part::Severity | Part::SavedMs | Part::SavedMsLow)
    }

    /// True or false.
    pub fn is_condition(self) -> bool {
        matches!(self, Part::When | Part::GainWhen | Part::ActionWhen(_))
    }

    /// Under which the compiled part is kept.
    pub fn name(self, rule: &str) -> String {
        format!("{rule} {self:?}")
    }
}

/// Parts of `rule` with their source, as far as it has them.
pub fn parts(rule: &Rule) -> Vec<(Part, &str)> {
    let definition = &rule.definition;
    let mut parts = vec![
        (Part::When, definition.when.as_str()),
        (Part::Title, definition.title.as_str()),
        (Part::Message, definition.message.as_str()),
        (Part::Fix, definition.fix.as_str()),
    ];
    if rule.fixed_severity().is_none() {
        parts.push((Part::Severity, definition.severity.as_str()));
    }
    let optional = [
        (Part::SavedMs, &definition.saved_ms),
        (Part::SavedMsLow, &definition.saved_ms_low),
        (Part::GainWhen, &definition.gain_when),
    ];
    parts
        .extend(optional.into_iter().filter_map(|(part, source)| Some((part, source.as_deref()?))));
    for (index, action) in definition.actions.iter().enumerate() {
        parts.push((Part::Statement(index), action.statement.as_str()));
        parts.extend(action.when.iter().map(|text| (Part::ActionWhen(index), text.as_str())));
        parts.extend(action.undo.iter().map(|text| (Part::ActionUndo(index), text.as_str())));
        parts.extend(action.caution.iter().map(|text| (Part::Caution(index), text.as_str())));
        parts.extend(action.to.iter().map(|text| (Part::To(index), text.as_str())));
        parts.extend(action.stop.iter().map(|text| (Part::Stop(index), text.as_str())));
    }
    parts
}

pub fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    filters::register(&mut environment);
    environment
}

/// Adds one part to `environment`. An expression becomes a template that prints its value.
pub fn add(
    environment: &mut Environment<'static>,
    rule: &Rule,
    part: Part,
    source: &str,
) -> Result<(), Problem> {
    let refused = |why: &str| {
        Problem::at_key(&rule.file, &rule.text, part.key(), format!("{}: {why}", part.key()))
    };
    if let Some(why) = bounds::refusal(source, part.is_expression()) {
        return Err(refused(&why));
    }
    let malformed =
        |error: minijinja::Error| refused(error.detail().unwrap_or("cannot be compiled"));
    let template = if part.is_expression() {
        environment.compile_expression_owned(source.to_owned()).map_err(malformed)?;
        // The value of `a and b` is that of `b`, which may be a text or a list: empty is false.
        if part.is_condition() {
            format!("{{% if {source} %}}{HOLDS}{{% endif %}}")
        } else {
            format!("{{{{ ({source}) }}}}")
        }
    } else {
        source.to_owned()
    };
    environment.add_template_owned(part.name(rule.id()), template).map_err(malformed)
}
