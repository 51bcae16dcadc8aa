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
        text.push_str(&paragraph(finding, page.advice.changes > 0, width, paint));
        text.push('\n');
    }
    let rest = page.findings.len().saturating_sub(page.major.min(SHOWN));
    if rest > 0 {
        let more = format::counted(rest, "more finding", "more findings");
        text.push_str(&format!("  {}\n\n", paint.dim(&format!("{more} in the report"))));
    }
    text
}

/// Every finding of a list that is not folded away, with what to do about it.
pub fn paragraphs(findings: &[FindingView], width: usize, paint: Paint) -> String {
    let mut text = String::new();
    for finding in findings.iter().filter(|finding| !finding.minor) {
        text.push_str(&paragraph(finding, false, width, paint));
        indented(&mut text, &paint, &one_line(&finding.fix), width, Paint::dim);
        text.push('\n');
    }
    text
}

/// Without its statement where the changes that follow have it.
fn paragraph(finding: &FindingView, told_below: bool, width: usize, paint: Paint) -> String {
    let severity = format!("{:<6}", finding.severity);
    let severity = match finding.severity {
        "high" => paint.bad(&severity),
        "medium" => paint.warn(&severity),
        _ => paint.dim(&severity),
    };
    let standing = finding.standing.map_or(String::new(), |standing| format!("{standing}: "));
    let title = format!("{standing}{}", one_line(&finding.title));
    let title = wrapped(&title, width.saturating_sub(9)).join("\n         ");
    let mut text = format!("  {severity} {}\n", paint.bold(&title));
    let place = finding.query.as_deref().map_or("the workload".to_owned(), one_line);
    let seen = finding.seen_at.as_deref().map(|seen| format!(" · {}", one_line(seen)));
    let seen = seen.unwrap_or_default();
    let meta = format!("in {place} · {} ({}){seen}", finding.gain, finding.class);
    indented(&mut text, &paint, &meta, width, Paint::dim);
    indented(&mut text, &paint, &one_line(&finding.message), width, plain);
    // A rewritten statement is no change of the database: nothing below tells it.
    let untold = finding.actions.iter().filter(|a| !told_below || a.statement.starts_with("--"));
    for action in untold.take(1) {
        indented(&mut text, &paint, &statement(&action.statement), width, Paint::code);
    }
    text
}

/// What is proposed, what was kept, and what failed; after a comparison in one line each, since `advice.sql` has the rest.
pub fn changes(page: &Page, width: usize, paint: Paint) -> String {
    let all = page.advice.groups.iter().flat_map(|g| &g.changes);
    let wanted = all.filter(|c| matches!(c.outcome, "proposed" | "unproven" | "kept" | "failed"));
    let changes: String = wanted.map(|c| change(page, c, width, paint)).collect();
    let mut text = String::new();
    if !changes.is_empty() {
        text.push_str(&format!("{}\n{changes}\n", paint.bold("Changes")));
    }
    for layout in &page.advice.layout {
        let told = one_line(&format!("structural: {}: {}", layout.title, layout.evidence));
        let lines = wrapped(&told, width.saturating_sub(4)).join("\n    ");
        text.push_str(&format!("  {} {}\n\n", paint.dim("•"), visible(&lines)));
    }
    if let Some(chosen) = &page.advice.chosen {
        for line in wrapped(chosen.trim(), width.saturating_sub(2)) {
            text.push_str(&format!("  {line}\n"));
        }
        text.push('\n');
    }
    text.push_str(&notes(page, width, paint));
    text
}

/// What limited the search, and what a reader must know of the measurement.
fn notes(page: &Page, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    for note in &page.advice.notes {
        let lines = wrapped(&one_line(note), width.saturating_sub(6));
        text.push_str(&format!("{}\n", paint.dim(&format!("note: {}", lines.join("\n      ")))));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn change(page: &Page, change: &ChangeView, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    if page.comparison.is_some() || change.outcome == "failed" {
        let told = format!("{}: {}", one_line(&change.title), one_line(&change.outcome_text));
        let lines = wrapped(&told, width.saturating_sub(4)).join("\n    ");
        let bullet = if change.outcome == "failed" { paint.bad("✗") } else { paint.good("•") };
        return format!("  {bullet} {}\n", visible(&lines));
    }
    text.push_str(&format!("  {} {}\n", paint.good("•"), paint.bold(&one_line(&change.title))));
    indented(&mut text, &paint, &one_line(&change.why), width, plain);
    indented(&mut text, &paint, &statement(&change.statement), width, Paint::code);
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
