//! A replay as text.

use std::fmt::Write;

use crate::report::format::{NOTHING, count, counted, millis, percent};
use crate::report::text::{one_line, shortened};
use crate::run::captured::CapturedReplay;
use crate::stats::Latency;

/// Queries and failures that are listed.
const LISTED: usize = 15;

pub fn replay_text(replayed: &CapturedReplay, width: usize) -> String {
    let mut out = String::new();
    let line = |out: &mut String, label: &str, value: String| {
        let _ = writeln!(out, "{label:<16} {value}");
    };
    line(
        &mut out,
        "Captured",
        format!(
            "{} of {}",
            counted(replayed.captured as usize, "statement", "statements"),
            counted(replayed.sessions as usize, "session", "sessions")
        ),
    );
    line(
        &mut out,
        "Sent",
        format!(
            "{} over {} connections in {} ({}/s): {} succeeded, {} failed",
            count(replayed.sent as f64),
            replayed.connections,
            millis(replayed.elapsed_s * 1e3),
            count(replayed.statements_per_s),
            count(replayed.succeeded as f64),
            count(replayed.failed as f64)
        ),
    );
    for (reason, skipped) in &replayed.skipped {
        line(&mut out, "Skipped", format!("{}: {}", count(*skipped as f64), one_line(reason)));
    }
    if replayed.not_reached > 0 {
        line(&mut out, "Not reached", count(replayed.not_reached as f64));
    }
    line(&mut out, "Service time", latency(replayed.service.as_ref()));
    line(&mut out, "Response time", latency(replayed.response.as_ref()));
    if let Some(on_time) = replayed.on_time {
        line(
            &mut out,
            "On time",
            format!(
                "{} left within 1 ms of when they were due; the client itself was late {} times, the server kept {} waiting",
                percent(on_time),
                count(replayed.client_behind as f64),
                count(replayed.waited_for_server as f64)
            ),
        );
    }
    for note in &replayed.notes {
        line(&mut out, "Note", one_line(note));
    }
    let room = width.saturating_sub(60).max(40);
    let _ = writeln!(
        out,
        "\n{:>12} {:>12} {:>12} {:>12}  Query (times as the client saw them)",
        "Sent", "Median", "p99", "In the log"
    );
    for query in replayed.queries.iter().take(LISTED) {
        let of = |get: fn(&Latency) -> f64| {
            query.service.as_ref().map_or(NOTHING.to_owned(), |latency| millis(get(latency)))
        };
        let log = query.captured_mean_ms.map_or(NOTHING.to_owned(), millis);
        let _ = writeln!(
            out,
            "{:>12} {:>12} {:>12} {:>12}  {}",
            count(query.sent as f64),
            of(|l| l.p50_ms),
            of(|l| l.p99_ms),
            log,
            shortened(&one_line(&query.query), room)
        );
    }
    if !replayed.failures.is_empty() {
        let _ = writeln!(out, "\nFailed");
    }
    for failed in replayed.failures.iter().take(LISTED) {
        let before = if failed.failed_before { " (as in the capture)" } else { "" };
        let _ = writeln!(
            out,
            "  {}:{}: {}{before}",
            one_line(&failed.file),
            failed.line,
            shortened(&one_line(&failed.error), width.max(60))
        );
    }
    out
}

fn latency(latency: Option<&Latency>) -> String {
    match latency {
        None => NOTHING.to_owned(),
        Some(latency) => format!(
            "median {}, p95 {}, p99 {}, most {}",
            millis(latency.p50_ms),
            millis(latency.p95_ms),
            millis(latency.p99_ms),
            millis(latency.max_ms)
        ),
    }
}
