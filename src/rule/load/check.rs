//! What is held against a rule before it may judge. `soundness` is asked of every rule that is
//! loaded; [`check`] adds the conventions that keep the catalogue readable.

use std::collections::BTreeSet;
use std::path::Path;

use minijinja::Environment;

use super::compile::{self, Part};
use super::problem::Problem;
use super::{Problems, RuleSet};
use crate::rule::ActionKind;
use crate::rule::definition::{Each, Rule, Scope};
use crate::rule::facts;
use crate::rule::gain;
use crate::rule::nearest::nearest;
use crate::sql::CONSTRUCTS;
use crate::workload::HABITS;

const LONGEST_MESSAGE_SOURCE: usize = 400;

/// Loads `dir` on top of the built-in rules and reports everything wrong with its files.
/// The number is how many rules it holds.
pub fn check(dir: &Path) -> Result<usize, Problems> {
    let set = RuleSet::load(&[dir.to_path_buf()])?;
    let own: Vec<&Rule> = set.rules().iter().filter(|rule| !rule.built_in).collect();
    let problems: Vec<Problem> = own.iter().flat_map(|rule| conventions(rule)).collect();
    if problems.is_empty() { Ok(own.len()) } else { Err(Problems(problems)) }
}

/// Mistakes that would make a rule fail or mislead while it judges.
pub fn soundness(rule: &Rule, all: &[Rule], environment: &Environment<'_>) -> Vec<Problem> {
    let mut problems = unknown_names(rule, environment);
    problems.extend(wrong_scope(rule));
    problems.extend(wrong_construct(rule));
    problems.extend(unknown_rules(rule, all));
    problems.extend(wrong_gain(rule));
    problems.extend(wrong_actions(rule));
    problems
}

/// Facts and parameters that do not exist where the rule uses them.
fn unknown_names(rule: &Rule, environment: &Environment<'_>) -> Vec<Problem> {
    let known = facts::documented(rule.definition.scope, rule.definition.each);
    let mut problems = Vec::new();
    for (part, _) in compile::parts(rule) {
        let Ok(template) = environment.get_template(&part.name(rule.id())) else { continue };
        let used: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        for name in used.iter().filter(|name| !is_known(rule, part, name, &known)) {
            let message = format!("{} uses {name}, {}", part.key(), remedy(name, &known));
            problems.push(at(rule, part.key(), message));
        }
    }
    problems
}

fn is_known(rule: &Rule, part: Part, name: &str, known: &[facts::Documented]) -> bool {
    if let Some(param) = name.strip_prefix("params.") {
        return rule.definition.params.contains_key(param);
    }
    if name == "to" || name == "from" || name == "stop" {
        return !matches!(part, Part::When | Part::Title | Part::Message);
    }
    known.iter().any(|fact| fact.covers(name))
}

fn remedy(name: &str, known: &[facts::Documented]) -> String {
    if name.starts_with("params.") {
        return "which [params] does not define".to_owned();
    }
    match nearest(name, known.iter().map(|fact| fact.name.as_str())) {
        Some(fact) => format!("which is no fact of this scope; did you mean {fact}?"),
        None => "which is no fact of this scope (see: planwise rules facts)".to_owned(),
    }
}

fn wrong_scope(rule: &Rule) -> Option<Problem> {
    let each = rule.definition.each;
    let fits = match rule.definition.scope {
        Scope::Node | Scope::Query | Scope::Statement | Scope::Setting => each.is_none(),
        Scope::Workload => matches!(each, Some(Each::Sequence | Each::Habit)),
        Scope::Catalog => matches!(each, Some(Each::Table | Each::Index | Each::ForeignKey)),
    };
    let message = "`each` does not fit the scope: workload rules go through \"sequence\" or \"habit\", \
                   catalog rules through \"table\", \"index\" or \"foreign-key\", others have none";
    (!fits).then(|| at(rule, "scope", message))
}

/// A rule about statements or habits says what it looks for, and no other does.
fn wrong_construct(rule: &Rule) -> Option<Problem> {
    let finds = rule.definition.finds.as_deref();
    let (what, known): (&str, Vec<&str>) = match (rule.definition.scope, rule.definition.each) {
        (Scope::Statement, _) => ("construct", CONSTRUCTS.iter().map(|kind| kind.name).collect()),
        (_, Some(Each::Habit)) => ("habit", HABITS.iter().map(|kind| kind.name).collect()),
        _ => ("", Vec::new()),
    };
    let message = match (what.is_empty(), finds) {
        (false, None) => {
            "a rule of scope \"statement\", or one that goes through habits, says in `finds` what it looks for"
                .to_owned()
        }
        (true, Some(_)) => "`finds` belongs to scope \"statement\" and to habits".to_owned(),
        (false, Some(name)) if !known.contains(&name) => {
            let hint = nearest(name, known.into_iter()).map(|near| format!("; did you mean {near}?"));
            format!("finds names {name}, which is no {what}{}", hint.unwrap_or_default())
        }
        _ => return None,
    };
    Some(at(rule, if finds.is_some() { "finds" } else { "scope" }, message))
}

fn unknown_rules(rule: &Rule, all: &[Rule]) -> Vec<Problem> {
    let definition = &rule.definition;
    let named =
        [("supersedes", &definition.supersedes), ("conflicts_with", &definition.conflicts_with)];
    let mut problems = Vec::new();
    for (key, ids) in named {
        for id in ids.iter().filter(|id| !all.iter().any(|other| other.id() == id.as_str())) {
            problems.push(at(rule, key, format!("{key} names {id}, which is no rule")));
        }
    }
    problems
}

fn wrong_gain(rule: &Rule) -> Vec<Problem> {
    let definition = &rule.definition;
    let mut problems = Vec::new();
    if !gain::is_model(&definition.gain) {
        problems.push(at(rule, "gain", "gain is one of G1 to G9"));
    }
    if (definition.gain == "G4") != definition.saved_ms.is_some() {
        problems.push(at(rule, "gain", "saved_ms belongs to gain G4, and G4 needs it"));
    }
    if definition.saved_ms_low.is_some() && definition.saved_ms.is_none() {
        problems.push(at(rule, "saved_ms_low", "saved_ms_low is the low end of saved_ms"));
    }
    if !(0.0..=1.0).contains(&definition.confidence) {
        problems.push(at(rule, "confidence", "confidence lies between 0 and 1"));
    }
    problems
}

fn wrong_actions(rule: &Rule) -> Vec<Problem> {
    let mut problems = Vec::new();
    for action in &rule.definition.actions {
        if action.name.is_some() != action.to.is_some() {
            problems.push(at(rule, "name", "a setting's change has both name and to"));
        }
        if action.to.is_some() && action.kind != ActionKind::Setting {
            problems.push(at(rule, "kind", "only an action of kind \"setting\" has name and to"));
        }
        if action.direction.is_some() != action.stop.is_some() {
            let message = "an action with a direction says in `stop` where to stop, and only then";
            problems.push(at(rule, "direction", message));
        }
    }
    problems
}

/// Conventions: what a reader of a rule may rely on.
pub fn conventions(rule: &Rule) -> Vec<Problem> {
    let definition = &rule.definition;
    let mut problems = literals(rule);
    problems.extend(unused_params(rule));
    let file = rule.file.file_stem().and_then(|stem| stem.to_str());
    if file != Some(rule.id()) {
        problems.push(at(rule, "id", format!("the file of rule {} is {0}.toml", rule.id())));
    }
    if definition.message.contains('!') || definition.title.contains('!') {
        problems.push(at(rule, "message", "no exclamation marks: state what happened"));
    }
    if !definition.message.contains("{{") || !definition.title.contains("{{") {
        problems.push(at(rule, "message", "title and message each hold a measured number"));
    }
    if definition.message.len() > LONGEST_MESSAGE_SOURCE {
        problems.push(at(rule, "message", "the message is too long for one sentence"));
    }
    problems.extend(empty_texts(rule));
    problems
}

fn empty_texts(rule: &Rule) -> Vec<Problem> {
    let d = &rule.definition;
    let texts = [
        ("summary", &d.summary),
        ("why", &d.why),
        ("fix", &d.fix),
        ("verify", &d.verify),
        ("undo", &d.undo),
        ("ignore_when", &d.ignore_when),
    ];
    let empty = texts.iter().filter(|(_, text)| text.trim().is_empty());
    empty.map(|(key, _)| at(rule, key, format!("{key} is empty"))).collect()
}

/// Numbers in the condition: they belong into `[params]`, with a unit and a reason.
fn literals(rule: &Rule) -> Vec<Problem> {
    let found = number_literals(&rule.definition.when);
    let bad = found.into_iter().filter(|number| number != "0" && number != "1");
    bad.map(|number| {
        let message = format!("when holds the number {number}: make it a parameter in [params]");
        at(rule, "when", message)
    })
    .collect()
}

/// The number literals of an expression, outside strings and names.
pub fn number_literals(expression: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut quote: Option<char> = None;
    let mut word = String::new();
    for c in expression.chars().chain([' ']) {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_alphanumeric() || c == '_' || c == '.' => word.push(c),
            None => {
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    literals.push(word.clone());
                }
                word.clear();
            }
        }
    }
    literals
}

fn unused_params(rule: &Rule) -> Vec<Problem> {
    let used = |name: &str| {
        let reference = format!("params.{name}");
        compile::parts(rule).iter().any(|(_, source)| mentions(source, &reference))
    };
    let unused = rule.definition.params.keys().filter(|name| !used(name));
    unused.map(|name| at(rule, name, format!("parameter {name} is used nowhere"))).collect()
}

fn mentions(source: &str, reference: &str) -> bool {
    source.match_indices(reference).any(|(at, _)| {
        let next = source[at + reference.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

fn at(rule: &Rule, key: &str, message: impl Into<String>) -> Problem {
    Problem::at_key(&rule.file, &rule.text, key, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_outside_names_and_strings() {
        assert_eq!(number_literals("a.b2 >= 10 and c == 'x 3' or d < 0.5"), ["10", "0.5"]);
    }

    #[test]
    fn a_parameter_is_not_taken_for_a_longer_one() {
        assert!(mentions("x >= params.rows", "params.rows"));
        assert!(!mentions("x >= params.rows_low", "params.rows"));
    }
}
