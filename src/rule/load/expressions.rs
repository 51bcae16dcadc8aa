//! Named expressions and templates over facts, for judgements that are no rules about a workload.

use std::path::Path;

use minijinja::{Environment, Value};

use super::problem::Problem;
use super::rule_set::{EvaluationError, unknown_or_broken};
use super::{bounds, compile};

/// Compiled once, evaluated often.
#[derive(Debug, Clone)]
pub struct Expressions(Environment<'static>);

impl Default for Expressions {
    fn default() -> Self {
        Expressions(compile::environment())
    }
}

impl Expressions {
    /// Adds an expression (which is rendered as its value) or a template under `name`.
    ///
    /// # Errors
    /// It cannot be compiled, or could run for ever; the problem points at `file`.
    pub fn add(
        &mut self,
        file: &Path,
        name: &str,
        source: &str,
        expression: bool,
    ) -> Result<(), Problem> {
        let refused = |why: &str| Problem::new(file, 1, format!("{name}: {why}"));
        if let Some(why) = bounds::refusal(source, expression) {
            return Err(refused(&why));
        }
        let template = match expression {
            true => format!("{{{{ ({source}) }}}}"),
            false => source.to_owned(),
        };
        let added = self.0.add_template_owned(name.to_owned(), template);
        added.map_err(|error| refused(error.detail().unwrap_or("cannot be compiled")))
    }

    /// Adds a condition: see [`Expressions::holds`].
    ///
    /// # Errors
    /// As [`Expressions::add`].
    pub fn add_condition(&mut self, file: &Path, name: &str, source: &str) -> Result<(), Problem> {
        self.add(file, name, source, true)?;
        let template = format!("{{% if {source} %}}{}{{% endif %}}", compile::HOLDS);
        let added = self.0.add_template_owned(name.to_owned(), template);
        added.map_err(|error| Problem::new(file, 1, format!("{name}: {error}")))
    }

    /// # Errors
    /// A fact is not known, or the expression is wrong.
    pub fn render(&self, name: &str, facts: &Value) -> Result<String, EvaluationError> {
        let rendered = self.0.get_template(name).and_then(|template| template.render(facts));
        rendered.map_err(|error| unknown_or_broken(&error, name))
    }

    /// # Errors
    /// As [`Expressions::render`].
    pub fn holds(&self, name: &str, facts: &Value) -> Result<bool, EvaluationError> {
        Ok(self.render(name, facts)? == compile::HOLDS)
    }
}
