//! Markdown for a comment on a pull request: what did not pass in sight, the table folded.

use std::fmt::Write as _;

use super::{Standing, Told, Verdicts};
use crate::compare::{Gate, Level, QueryComparison, Verdict};
use crate::report::format;
use crate::report::markdown::escape;
use crate::report::text::{one_line, shortened};
use crate::report::verdict_words::word;

/// Characters that a comment may have.
pub const LONGEST_COMMENT: usize = 65_000;

/// Left for the end of the document.
const RESERVE: usize = 400;
const MOST_IN_SIGHT: usize = 10;

pub fn comment(verdicts: &Verdicts<'_>) -> String {
    let told = verdicts.told();
    let mut text = heading(verdicts);
    differences(&mut text, verdicts);
    in_sight(&mut text, &told);
    if verdicts.refused() || told.iter().all(|told| told.standing != Standing::Failed) {
        for reason in verdicts.reasons().iter().take(MOST_IN_SIGHT) {
            let _ = writeln!(text, "- {}", plain(reason, 400));
        }
    }
    folded(&mut text, &told);
    let _ = writeln!(text, "\n<sub>{}</sub>", footer(verdicts));
    text
}

fn heading(verdicts: &Verdicts<'_>) -> String {
    let sign = match verdicts.gate {
        Gate::Passed => "✅",
        Gate::Failed(_) => "❌",
        Gate::Undecided(_) => "⚠️",
    };
    let labels = &verdicts.comparison.labels;
    format!(
        "### {sign} planwise: {}\n\n{}: {} → {}\n\n",
        plain(&verdicts.headline(), 200),
        plain(&verdicts.run.workload.name, 80),
        plain(&labels.before, 80),
        plain(&labels.after, 80)
    )
}

/// Before any verdict.
fn differences(text: &mut String, verdicts: &Verdicts<'_>) {
    let grave = verdicts.comparison.differences.iter().filter(|d| d.level >= Level::Warning);
    let shown: Vec<String> = grave
        .take(5)
        .map(|d| {
            format!("{}: {} → {}", plain(&d.what, 60), plain(&d.before, 60), plain(&d.after, 60))
        })
        .collect();
    if !shown.is_empty() {
        let _ = writeln!(text, "> The two runs differ in: {}\n", shown.join("; "));
    }
}

fn in_sight(text: &mut String, told: &[Told<'_>]) {
    let grave =
        told.iter().filter(|told| matches!(told.standing, Standing::Failed | Standing::Warned));
    for told in grave.clone().take(MOST_IN_SIGHT) {
        let sign = if told.standing == Standing::Failed { "❌" } else { "⚠️" };
        let (name, said) = (plain(&told.query.query, 80), plain(&told.sentence, 400));
        let _ = writeln!(text, "- {sign} **{name}**: {said}");
    }
    if let Some(more @ 1..) = grave.count().checked_sub(MOST_IN_SIGHT) {
        let _ = writeln!(text, "- and {more} more, in the table");
    }
}

/// As many rows as fit, gravest first.
fn folded(text: &mut String, told: &[Told<'_>]) {
    let count = format::counted(told.len(), "query", "queries");
    let _ = write!(text, "\n<details><summary>{count}</summary>\n\n");
    text.push_str(
        "| Query | Verdict | Before | After | Change | 95 % |\n|---|---|---:|---:|---:|---:|\n",
    );
    let mut length = text.chars().count();
    for (shown, one) in told.iter().enumerate() {
        let row = row(one.query);
        length += row.chars().count();
        if length > LONGEST_COMMENT - RESERVE {
            let _ = writeln!(text, "\n{} more are in the report.", told.len() - shown);
            break;
        }
        text.push_str(&row);
    }
    text.push_str("\n</details>\n");
}

fn row(query: &QueryComparison) -> String {
    let median = |side: &Option<crate::compare::Side>| {
        side.as_ref().map_or("–".to_owned(), |side| format::millis(side.typical_ms()[1]))
    };
    let change = query.ratio.map_or("–".to_owned(), format::speedup);
    let interval = query.ratio_interval.map_or("–".to_owned(), format::change_range);
    let (before, after) = (median(&query.before), median(&query.after));
    let (name, word) = (plain(&query.query, 80), emphasised(query));
    format!("| {name} | {word} | {before} | {after} | {change} | {interval} |\n")
}

/// What needs a reader stands out.
fn emphasised(query: &QueryComparison) -> String {
    match query.verdict {
        Verdict::Regressed => format!("**{}**", word(query.verdict)),
        other => word(other).to_owned(),
    }
}

fn footer(verdicts: &Verdicts<'_>) -> String {
    let check = &verdicts.comparison.self_check;
    let seen = check.as_ref().filter(|check| check.passed).and_then(|check| check.smallest_effect);
    let seen = seen.map_or(String::new(), |range| {
        let (low, high) = (format::percent(range.low), format::percent(range.high));
        format!(
            " A slow-down of {low} (steadiest query) to {high} (unsteadiest) would have been seen."
        )
    });
    format!("planwise {}.{seen}", env!("CARGO_PKG_VERSION"))
}

fn plain(text: &str, most: usize) -> String {
    escape::text(&shortened(&one_line(text), most))
}
