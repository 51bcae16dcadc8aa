//! Page into the Markdown template.

use anyhow::{Context as _, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, context};

use super::escape;
use crate::report::text::{one_line, shortened};
use crate::report::view::Page;
use crate::report::{Document, Exporter};

pub struct Markdown;

const TEMPLATE: &str = include_str!("../../../reports/templates/report.md");

impl Exporter for Markdown {
    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        let page = Page::of(document);
        let text = environment()?
            .get_template("report.md")?
            .render(context! { page => Serde(&page) })
            .context("cannot render report.md")?;
        Ok(without_gaps(&text).into_bytes())
    }
}

fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("text", escape::text);
    environment.add_filter("prose", escape::prose);
    environment.add_filter("short", |text: &str, most: usize| shortened(&one_line(text), most));
    environment.add_filter("name", escape::code_span);
    environment.add_filter("fence", escape::fence);
    environment.add_template("report.md", TEMPLATE).context("template report.md does not parse")?;
    Ok(environment)
}

/// Never more than one empty line outside of fenced code, however the template's branches fell.
fn without_gaps(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut empty = true;
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        match fence {
            Some(end) if line == end => fence = None,
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("sql")),
            _ => {}
        }
        let blank = line.trim().is_empty() && fence.is_none();
        if !(blank && empty) {
            kept.push_str(if blank { "" } else { line });
            kept.push('\n');
        }
        empty = blank;
    }
    kept
}
