//! A comparison on the terminal: surroundings first, then each query, then the whole.

use std::cmp::Reverse;

use super::Paint;
use super::after::interval;
use super::table::{Tone, cell, table};
use crate::compare::{
    Cause, Comparison, Level, Method, QueryComparison, RowExample, SelfCheck, Side, Verdict,
};
use crate::report::format;
use crate::report::text::{one_line, shortened, wrapped};
use crate::report::verdict_words::{change, word};

/// Rows of queries that did not change; the others are all shown.
const MOST_UNCHANGED: usize = 30;
const MOST_CHANGED: usize = 40;
const MOST_OPEN: usize = 10;
const MOST_DIFFERENCES: usize = 20;

pub fn compared(comparison: &Comparison, workload: &str, width: usize, paint: Paint) -> String {
    let parts = [
        heading(comparison, workload, width, paint),
        surroundings(comparison, width, paint),
        queries(comparison, width, paint),
        signals(comparison, width, paint),
        open(comparison, width, paint),
        notes(comparison, width),
        whole(comparison, width, paint),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!("\n{part}")).collect()
}

fn heading(comparison: &Comparison, workload: &str, width: usize, paint: Paint) -> String {
    let labels = &comparison.labels;
    let title = format!("{workload}: A = {}, B = {}", labels.before, labels.after);
    let method = match comparison.method {
        Method::Alternating => "Executions of A and B alternated; the blocks are the unit.",
        Method::Sequential => "LOW CONFIDENCE: two runs, one after the other.",
    };
    let check = comparison.self_check.as_ref().map(self_check).unwrap_or_default();
    let mut text = format!("{}\n", paint.bold(&wrapped(&one_line(&title), width).join("\n")));
    for line in wrapped(&format!("{method} {check}"), width) {
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn self_check(check: &SelfCheck) -> String {
    if !check.passed {
        return format!(
            "A SIDE DIFFERS FROM ITSELF, so no difference below can be trusted: {}.",
            check.failures.join("; ")
        );
    }
    let seen = check.smallest_effect.map_or(String::new(), |range| {
        let (low, high) = (format::percent(range.low), format::percent(range.high));
        match low == high {
            true => format!(" A slow-down of {low} would have been seen."),
            false => {
                format!(" A slow-down of {low} (steadiest query) to {high} (unsteadiest) would have been seen.")
            }
        }
    });
    match check.compared {
        0 => "There were too few executions for comparing each side with itself.".to_owned(),
        _ => format!("Each side compared with itself shows no difference.{seen}"),
    }
}

fn surroundings(comparison: &Comparison, width: usize, paint: Paint) -> String {
    let all = &comparison.differences;
    if all.is_empty() {
        return "Surroundings: the same on both sides.\n".to_owned();
    }
    let mut text = String::from("Surroundings that differ:\n");
    for difference in all.iter().take(MOST_DIFFERENCES) {
        let values = format!("{} → {}", difference.before, difference.after);
        let line = format!("{}: {values}", difference.what);
        text.push_str(&levelled(difference.level, &line, width, paint));
    }
    let more = all.len().saturating_sub(MOST_DIFFERENCES);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}

/// Text from outside on as many lines as it takes, behind a word for its gravity.
fn levelled(level: Level, text: &str, width: usize, paint: Paint) -> String {
    let (word, painted) = match level {
        Level::Error => ("error", paint.bad("error")),
        Level::Warning => ("warning", paint.warn("warning")),
        Level::Info => ("note", paint.dim("note")),
    };
    let text = shortened(&one_line(text), 400);
    let indent = " ".repeat(10);
    let lines = wrapped(&text, width.saturating_sub(indent.len()));
    let gap = " ".repeat(8 - word.len());
    format!("  {painted}{gap}{}\n", lines.join(&format!("\n{indent}")))
}

fn queries(comparison: &Comparison, width: usize, paint: Paint) -> String {
    let is_changed = |q: &&&QueryComparison| q.verdict != Verdict::Unchanged;
    let mut order: Vec<&QueryComparison> = comparison.queries.iter().collect();
    let rank = |verdict| match verdict {
        Verdict::Regressed => 0,
        Verdict::Failed => 1,
        Verdict::Improved => 2,
        Verdict::Inconclusive => 3,
        Verdict::Unchanged => 4,
    };
    let heavy = |q: &QueryComparison| (q.impact.unwrap_or(0.0).abs() * 1e9) as u64;
    let share = |q: &QueryComparison| (q.share.unwrap_or(0.0) * 1e9) as u64;
    order.sort_by_key(|q| (rank(q.verdict), Reverse((heavy(q), share(q)))));
    let changed = order.iter().filter(is_changed).take(MOST_CHANGED).count();
    let unchanged = order.iter().filter(|q| !is_changed(q)).take(MOST_UNCHANGED).count();
    let headers = ["Query", "A", "B", "Change", "Interval", "Share"];
    let mut rows = table(&headers, width, paint);
    let shown = order.iter().filter(is_changed).take(MOST_CHANGED);
    let rest = order.iter().filter(|q| !is_changed(q)).take(MOST_UNCHANGED);
    for query in shown.chain(rest) {
        rows.add_row(row(query, paint));
    }
    let more = order.len() - changed - unchanged;
    let more = if more == 0 { String::new() } else { format!("and {more} more\n") };
    format!("{rows}\n{more}")
}

fn row(query: &QueryComparison, paint: Paint) -> Vec<comfy_table::Cell> {
    let median = |side: &Option<Side>| {
        side.as_ref().map_or("–".to_owned(), |side| format::millis(side.typical_ms()[1]))
    };
    let told = query.ratio_interval.map_or(String::new(), format::change_range);
    let interval = interval(&change(query), &told);
    let share = query.share.map_or(String::new(), format::percent);
    vec![
        cell(&query.query, Tone::Plain, paint),
        cell(&median(&query.before), Tone::Plain, paint),
        cell(&median(&query.after), Tone::Plain, paint),
        cell(&change(query), tone(query.verdict), paint),
        cell(&interval, Tone::Dim, paint),
        cell(&share, Tone::Plain, paint),
    ]
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Improved => Tone::Good,
        Verdict::Regressed | Verdict::Failed => Tone::Bad,
        Verdict::Unchanged => Tone::Dim,
        Verdict::Inconclusive => Tone::Warn,
    }
}

/// Gravest first; those that only explain a faster query come with the others.
fn signals(comparison: &Comparison, width: usize, paint: Paint) -> String {
    let mut all: Vec<_> = (comparison.queries.iter())
        .flat_map(|query| query.signals.iter().map(move |signal| (query, signal)))
        .collect();
    all.sort_by_key(|(_, signal)| Reverse(signal.level));
    let mut text = String::new();
    for (query, signal) in all.iter().take(MOST_CHANGED) {
        let line = format!("{}: {}", query.query, signal.message);
        text.push_str(&levelled(signal.level, &line, width, paint));
        if let Cause::ResultsDiffer { examples } = &signal.cause {
            examples.iter().for_each(|example| text.push_str(&rows(example, width)));
        }
    }
    let more = all.len().saturating_sub(MOST_CHANGED);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    if text.is_empty() { text } else { format!("What differs without a clock:\n{text}") }
}

fn rows(example: &RowExample, width: usize) -> String {
    let side = |name: &str, row: &Option<Vec<Option<String>>>| {
        let values = match row {
            None => "no such row".to_owned(),
            Some(row) => {
                let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "NULL".to_owned());
                row.iter().map(value).collect::<Vec<_>>().join(" | ")
            }
        };
        let line = format!("{name} (parameters {}): {values}", example.parameters);
        format!("          {}\n", shortened(&one_line(&line), width.saturating_sub(10)))
    };
    side("A", &example.before) + &side("B", &example.after)
}

/// What was inconclusive, and what it would take.
fn open(comparison: &Comparison, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    let is_open =
        |q: &&QueryComparison| matches!(q.verdict, Verdict::Inconclusive | Verdict::Failed);
    let mut open: Vec<&QueryComparison> = comparison.queries.iter().filter(is_open).collect();
    open.sort_by(|a, b| b.share.unwrap_or(f64::MAX).total_cmp(&a.share.unwrap_or(f64::MAX)));
    for query in open.iter().take(MOST_OPEN) {
        let needed = match (query.verdict, query.blocks_needed, query.ratio_interval) {
            (Verdict::Inconclusive, Some(needed), _) => {
                format!("; about {needed} blocks would tell, there were {}", query.blocks)
            }
            (Verdict::Inconclusive, None, Some(_)) => {
                "; too close to the limit for any number of blocks".to_owned()
            }
            _ => String::new(),
        };
        let why = query.note.as_deref().unwrap_or("nothing is known of it");
        let line = format!("{}: {why}{needed}", query.query);
        text.push_str(&levelled(Level::Info, &line, width, paint));
    }
    let more = open.len().saturating_sub(MOST_OPEN);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    if text.is_empty() { text } else { format!("Without a verdict:\n{text}") }
}

fn notes(comparison: &Comparison, width: usize) -> String {
    let lines = comparison.notes.iter().flat_map(|note| wrapped(&one_line(note), width));
    lines.map(|line| format!("{line}\n")).collect()
}

pub fn whole(comparison: &Comparison, width: usize, paint: Paint) -> String {
    let Some((ratio, range)) = comparison.workload_ratio.zip(comparison.workload_ratio_interval)
    else {
        return paint.warn("Nothing was measured on both sides.") + "\n";
    };
    let count = |verdict| comparison.queries.iter().filter(|q| q.verdict == verdict).count();
    let figures = format!(
        "{} (95 %: {}); {} before, {} after",
        format::speedup(ratio),
        format::change_range(range),
        format::millis(comparison.workload_before_ms),
        format::millis(comparison.workload_after_ms)
    );
    let word = word(comparison.workload_verdict.unwrap_or(Verdict::Inconclusive));
    let sentence = format!(
        "Workload {word}: {figures}. {} slower, {} faster, {} unchanged, {} without a verdict, {} failed.",
        count(Verdict::Regressed),
        count(Verdict::Improved),
        count(Verdict::Unchanged),
        count(Verdict::Inconclusive),
        count(Verdict::Failed)
    );
    let lines = wrapped(&sentence, width).join("\n");
    let painted = match comparison.workload_verdict {
        _ if count(Verdict::Regressed) > 0 => paint.bad(&lines),
        Some(Verdict::Improved) => paint.good(&lines),
        _ => paint.bold(&lines),
    };
    format!("{painted}\n")
}
