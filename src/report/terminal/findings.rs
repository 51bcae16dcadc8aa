//! The top findings as short paragraphs.

use super::Paint;
use crate::report::format;
use crate::report::text::{one_line, shortened, visible, wrapped};
use crate::report::view::{ChangeView, FindingView, Page};

const SHOWN: usize = 5;
const LONGEST_STATEMENT: usize = 600;

pub fn findings(page: &Page, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    for finding in page.findings.iter().filter(|f| !f.minor).take(SHOWN) {
        text.push_str(&paragraph(finding, width, paint));
        text.push('\n');
    }
    let rest = page.findings.len().saturating_sub(page.major.min(SHOWN));
    if rest > 0 {
        let more = format::counted(rest, "more finding", "more findings");
        text.push_str(&format!("  {}\n\n", paint.dim(&format!("{more} in the report"))));
    }
    text
}

fn paragraph(finding: &FindingView, width: usize, paint: Paint) -> String {
    let severity = format!("{:<6}", finding.severity);
    let severity = match finding.severity {
        "high" => paint.bad(&severity),
        "medium" => paint.warn(&severity),
        _ => paint.dim(&severity),
    };
    let title = wrapped(&one_line(&finding.title), width.saturating_sub(9)).join("\n         ");
    let mut text = format!("  {severity} {}\n", paint.bold(&title));
    let place = finding.query.as_deref().map_or("the workload".to_owned(), one_line);
    let meta = format!("in {place} · {} ({})", finding.gain, finding.class);
    indented(&mut text, &paint, &meta, width, Paint::dim);
    indented(&mut text, &paint, &one_line(&finding.message), width, plain);
    for action in finding.actions.iter().take(1) {
        indented(&mut text, &paint, &statement(&action.statement), width, Paint::code);
    }
    text
}

/// Changes that no finding above stands for: what `advise` and `tune` are run for.
pub fn changes(page: &Page, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    let all = page.advice.groups.iter().flat_map(|g| &g.changes);
    let wanted: Vec<&ChangeView> =
        all.filter(|c| matches!(c.outcome, "proposed" | "kept")).collect();
    for change in &wanted {
        text.push_str(&format!("  {} {}\n", paint.good("+"), paint.bold(&one_line(&change.title))));
        indented(&mut text, &paint, &one_line(&change.why), width, plain);
        indented(&mut text, &paint, &statement(&change.statement), width, Paint::code);
    }
    text
}

fn statement(text: &str) -> String {
    shortened(&visible(text.trim_end()), LONGEST_STATEMENT)
}

fn plain(_: Paint, text: &str) -> String {
    visible(text)
}

fn indented(
    text: &mut String,
    paint: &Paint,
    content: &str,
    width: usize,
    ink: fn(Paint, &str) -> String,
) {
    for line in wrapped(content, width.saturating_sub(9)) {
        text.push_str(&format!("         {}\n", ink(*paint, &line)));
    }
}
