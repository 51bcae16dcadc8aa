//! The digest as text for a terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::Groups;
use super::plans::plans_text;
use crate::report::format::{NOTHING, bytes, count, counted, millis, percent};
use crate::report::terminal::{Paint, paragraphs};
use crate::report::text::{one_line, shortened};
use crate::report::view::{FindingView, finding_views};
use crate::rule::{Finding, JudgedPlans};
use crate::trace::overview::{Overview, QueryFigures};

/// `top`: how many queries each table holds.
pub fn text(
    overview: &Overview,
    plans: &JudgedPlans,
    groups: Option<&Groups>,
    findings: &[Finding],
    top: usize,
    width: usize,
    paint: Paint,
) -> String {
    let mut out = String::new();
    head(&mut out, overview);
    if let Some(groups) = groups {
        by_group(&mut out, groups, top, width);
    }
    by_time(&mut out, overview, top, width);
    plans_text(&mut out, plans, top.min(10), width);
    habits(&mut out, overview, &finding_views(findings), width, paint);
    also(&mut out, overview, top, width);
    hours(&mut out, overview);
    rejected(&mut out, overview);
    out
}

fn head(out: &mut String, overview: &Overview) {
    let line = |out: &mut String, label: &str, value: String| {
        let _ = writeln!(out, "{label:<14} {value}");
    };
    let total = millis(overview.duration_ms);
    line(
        out,
        "Statements",
        format!(
            "{} in {}, {}",
            count(overview.statements as f64),
            counted(overview.sessions as usize, "session", "sessions"),
            counted(overview.fingerprints, "different query", "different queries")
        ),
    );
    line(
        out,
        "Server time",
        match overview.parse_ms + overview.bind_ms > 0.0 {
            true => format!(
                "{total} (of it parsing {}, binding {})",
                millis(overview.parse_ms),
                millis(overview.bind_ms)
            ),
            false => total,
        },
    );
    if let (Some(first), Some(last), Some(span)) =
        (&overview.first, &overview.last, overview.span_s)
    {
        line(out, "From, to", format!("{first} – {last} ({})", millis(span * 1e3)));
    }
    for source in overview.sources.iter().take(10) {
        let prefix = if source.line_prefix.is_empty() {
            String::new()
        } else {
            format!(", lines begin with {}", one_line(&source.line_prefix))
        };
        line(
            out,
            "Read",
            format!(
                "{} as {}: {}, {} lines{prefix}",
                one_line(&source.name),
                source.format,
                bytes(source.bytes as f64),
                count(source.lines as f64)
            ),
        );
    }
    if overview.sources.len() > 10 {
        line(out, "", format!("and {} more", overview.sources.len() - 10));
    }
    for (label, number, what) in [
        ("Errors", overview.errors, "entries"),
        ("Rejected", overview.rejected, "parts of the logs could not be read"),
        ("Filtered", overview.filtered, "statements left out as asked"),
        ("No duration", overview.without_duration, "statements"),
        ("No text", overview.without_text, "durations without their statement"),
        ("Deadlocks", overview.deadlocks, ""),
    ] {
        if number > 0 {
            line(out, label, format!("{} {what}", count(number as f64)));
        }
    }
    if overview.temporary_files > 0 {
        line(
            out,
            "Temporary",
            format!(
                "{}, {}",
                counted(overview.temporary_files as usize, "file", "files"),
                bytes(overview.temporary_bytes as f64)
            ),
        );
    }
    if overview.lock_waits > 0 {
        line(
            out,
            "Lock waits",
            format!(
                "{}, {} until granted",
                count(overview.lock_waits as f64),
                millis(overview.lock_wait_ms)
            ),
        );
    }
    for note in &overview.notes {
        line(out, "Note", one_line(note));
    }
}

fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.force_no_tty();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Columns before the query's text, and what is left for it.
const FIGURES: usize = 76;

fn by_time(out: &mut String, overview: &Overview, top: usize, width: usize) {
    let _ = writeln!(out, "\nMost time");
    let mut table = table(
        &["Time", "Share", "s a day", "Calls", "Mean", "p95", "Most", "Errors", "Query"],
        &[0, 1, 2, 3, 4, 5, 6, 7],
    );
    let room = width.saturating_sub(FIGURES).max(40);
    for query in overview.queries.iter().take(top) {
        let told = |ms: Option<f64>| ms.map_or(NOTHING.to_owned(), millis);
        table.add_row([
            millis(query.duration_ms),
            percent(query.share),
            query.seconds_a_day.map_or(NOTHING.to_owned(), count),
            count(query.calls as f64),
            told(query.mean_ms),
            told(query.p95_ms),
            told(query.max_ms),
            if query.errors > 0 { count(query.errors as f64) } else { NOTHING.to_owned() },
            shortened(&one_line(&query.query), room),
        ]);
    }
    let _ = writeln!(out, "{table}");
    if overview.queries.len() > top {
        let _ =
            writeln!(out, "and {} more; --top N shows more of them", overview.queries.len() - top);
    }
}

/// What sessions do again and again, and the statements it is about.
fn habits(
    out: &mut String,
    overview: &Overview,
    findings: &[FindingView],
    width: usize,
    paint: Paint,
) {
    if findings.is_empty() {
        return;
    }
    let _ =
        writeln!(out, "\nWhat sessions do again and again\n{}", paragraphs(findings, width, paint));
    let folded = findings.iter().filter(|finding| finding.minor).count();
    if folded > 0 {
        let more = counted(folded, "further finding", "further findings");
        let _ = writeln!(out, "and {more} of less weight (--format json has all)\n");
    }
    let room = width.saturating_sub(22).max(40);
    let shown = findings.iter().filter(|finding| !finding.minor);
    let mut named: Vec<&str> = Vec::new();
    for finding in shown {
        let affected = finding.affected.iter().map(|(query, _)| query.as_str()).take(1);
        for query in finding.query.as_deref().into_iter().chain(affected) {
            if !named.contains(&query) {
                named.push(query);
            }
        }
    }
    for name in named {
        if let Some(query) = overview.queries.iter().find(|query| query.fingerprint == name) {
            let _ = writeln!(out, "  {name}  {}", shortened(&one_line(&query.query), room));
        }
    }
}

/// A title, what a query is ranked by, and how that is shown.
type List = (&'static str, fn(&QueryFigures) -> f64, fn(&QueryFigures) -> String);

/// Lists of what the first table does not show, where there is any.
fn also(out: &mut String, overview: &Overview, top: usize, width: usize) {
    let room = width.saturating_sub(30).max(40);
    let lists: [List; 7] = [
        ("Most calls", |q| q.calls as f64, |q| count(q.calls as f64)),
        (
            "Slowest at p95",
            |q| q.p95_ms.unwrap_or(0.0),
            |q| q.p95_ms.map_or(NOTHING.to_owned(), millis),
        ),
        ("Most rows", |q| q.rows.unwrap_or(0) as f64, |q| count(q.rows.unwrap_or(0) as f64)),
        ("Most temporary files", |q| q.temporary_bytes as f64, |q| bytes(q.temporary_bytes as f64)),
        ("Most errors", |q| q.errors as f64, |q| count(q.errors as f64)),
        (
            "Longest lock waits",
            |q| q.lock_wait_ms + q.lock_waits as f64,
            |q| format!("{} in {} waits", millis(q.lock_wait_ms), q.lock_waits),
        ),
        (
            "N+1 suspects (one query many times in a row in one session)",
            |q| if q.n_plus_one_suspect { q.longest_series as f64 } else { 0.0 },
            |q| format!("{} in a row, {} series", q.longest_series, q.series),
        ),
    ];
    for (title, rank, shown) in lists {
        let mut ranked: Vec<&QueryFigures> =
            overview.queries.iter().filter(|query| rank(query) > 0.0).collect();
        if ranked.is_empty() {
            continue;
        }
        ranked.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        let _ = writeln!(out, "\n{title}");
        for query in ranked.into_iter().take(top.min(5)) {
            let _ =
                writeln!(out, "{:>24}  {}", shown(query), shortened(&one_line(&query.query), room));
        }
    }
    if !overview.error_classes.is_empty() {
        let _ = writeln!(out, "\nError classes");
        for error in overview.error_classes.iter().take(top) {
            let message = if error.message == error.class {
                String::new()
            } else {
                format!("  {}", one_line(&error.message))
            };
            let _ = writeln!(
                out,
                "{:>10}  {}{}",
                count(error.count as f64),
                one_line(&error.class),
                shortened(&message, room)
            );
        }
    }
}

fn by_group(out: &mut String, groups: &Groups, top: usize, width: usize) {
    let _ = writeln!(out, "\nBy {}", one_line(&groups.by));
    if groups.groups.is_empty() {
        let _ = writeln!(out, "no statement says its {}", one_line(&groups.by));
    }
    for group in groups.groups.iter().take(top) {
        let value = shortened(&one_line(&group.value), width.saturating_sub(30).max(20));
        let _ = writeln!(
            out,
            "{:>12} {:>12} calls  {value}",
            millis(group.duration_ms),
            count(group.calls as f64)
        );
    }
}

fn hours(out: &mut String, overview: &Overview) {
    let most = overview
        .hours
        .iter()
        .map(|hour| hour.duration_ms.max(hour.calls as f64 * 1e-6))
        .fold(0.0, f64::max);
    if overview.hours.len() < 2 || most <= 0.0 {
        return;
    }
    let _ = writeln!(out, "\nBy hour (UTC)");
    for hour in overview.hours.iter().rev().take(48).rev() {
        let bar = "█".repeat((hour.duration_ms / most * 40.0).round() as usize);
        let label: String =
            hour.hour.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
        let _ = writeln!(
            out,
            "{label} {:>12} {:>12} calls  {bar}",
            millis(hour.duration_ms),
            count(hour.calls as f64)
        );
    }
}

fn rejected(out: &mut String, overview: &Overview) {
    if overview.rejects.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nRejected");
    for rejected in &overview.rejects {
        let _ = writeln!(
            out,
            "{:>10}  {}; the first: {}:{}: {}",
            count(rejected.count as f64),
            one_line(&rejected.reason),
            one_line(&rejected.file),
            rejected.line,
            shortened(&one_line(&rejected.begins), 80)
        );
    }
}
