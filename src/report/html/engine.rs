//! The template engine with everything the templates use.

use anyhow::{Context as _, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::{code, prose};
use crate::report::text::visible;

const TEMPLATES: [(&str, &str); 19] = [
    ("report.html", include_str!("../../../reports/templates/report.html")),
    ("migration.html", include_str!("../../../reports/templates/migration.html")),
    ("explain.html", include_str!("../../../reports/templates/explain.html")),
    ("history.html", include_str!("../../../reports/templates/history.html")),
    ("workload.html", include_str!("../../../reports/templates/workload.html")),
    ("plan_changes.html", include_str!("../../../reports/templates/plan_changes.html")),
    ("head.html", include_str!("../../../reports/templates/head.html")),
    ("macros.html", include_str!("../../../reports/templates/macros.html")),
    ("verdict.html", include_str!("../../../reports/templates/verdict.html")),
    ("layout.html", include_str!("../../../reports/templates/layout.html")),
    ("health.html", include_str!("../../../reports/templates/health.html")),
    ("todo.html", include_str!("../../../reports/templates/todo.html")),
    ("surroundings.html", include_str!("../../../reports/templates/surroundings.html")),
    ("comparison.html", include_str!("../../../reports/templates/comparison.html")),
    ("queries.html", include_str!("../../../reports/templates/queries.html")),
    ("plan.html", include_str!("../../../reports/templates/plan.html")),
    ("findings.html", include_str!("../../../reports/templates/findings.html")),
    ("advice.html", include_str!("../../../reports/templates/advice.html")),
    ("environment.html", include_str!("../../../reports/templates/environment.html")),
];

/// Escapes everything by default (the templates' names end in `.html`); only what a filter below
/// has escaped itself, and the drawings, pass as they are.
pub fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("code", |text: &str| Value::from_safe_string(code::inline(text)));
    environment.add_filter("code_block", |text: &str| Value::from_safe_string(code::block(text)));
    environment
        .add_filter("plain_block", |text: &str| Value::from_safe_string(code::plain_block(text)));
    environment.add_filter("prose", |text: &str| Value::from_safe_string(prose::paragraphs(text)));
    environment.add_filter("phrase", |text: &str| Value::from_safe_string(prose::phrase(text)));
    environment.add_filter("headline", |text: &str| Value::from_safe_string(prose::headline(text)));
    environment.add_filter("plain", |text: &str| visible(text));
    environment.set_formatter(format);
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .with_context(|| format!("template {name} does not parse"))?;
    }
    Ok(environment)
}

/// Text that no filter has seen is escaped as all other text of the page is.
fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&code::escaped(text))?),
        _ => escape_formatter(out, state, value),
    }
}
