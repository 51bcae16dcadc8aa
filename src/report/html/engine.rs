//! The template engine with everything the templates use.

use anyhow::{Context as _, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::{code, prose};

const TEMPLATES: [(&str, &str); 9] = [
    ("report.html", include_str!("../../../reports/templates/report.html")),
    ("macros.html", include_str!("../../../reports/templates/macros.html")),
    ("verdict.html", include_str!("../../../reports/templates/verdict.html")),
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
    environment.add_filter("prose", |text: &str| Value::from_safe_string(prose::paragraphs(text)));
    environment.add_filter("phrase", |text: &str| Value::from_safe_string(prose::phrase(text)));
    environment.add_filter("headline", |text: &str| Value::from_safe_string(prose::headline(text)));
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .with_context(|| format!("template {name} does not parse"))?;
    }
    Ok(environment)
}
