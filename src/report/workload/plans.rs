//! Findings in the plans that a log held, as text.

use std::fmt::Write;

use crate::report::format::{NOTHING, count, counted, millis};
use crate::report::text::{one_line, shortened};
use crate::rule::{JudgedPlans, KeptFinding, Severity};

/// `top`: how many findings are told.
pub fn plans_text(out: &mut String, plans: &JudgedPlans, top: usize, width: usize) {
    if plans.judged == 0 && plans.unread.is_empty() {
        return;
    }
    let judged = counted(plans.judged, "plan", "plans");
    let _ = writeln!(out, "\nFindings in captured plans ({judged} judged)");
    if plans.findings.is_empty() && plans.judged > 0 {
        let _ = writeln!(out, "  nothing worth changing was found in them");
    }
    let room = width.saturating_sub(10).max(60);
    for kept in plans.findings.iter().take(top) {
        finding(out, kept, room);
    }
    if plans.findings.len() > top {
        let _ = writeln!(out, "  and {} more; --top N shows more", plans.findings.len() - top);
    }
    for unread in plans.unread.iter().take(top) {
        let place = format!("{}:{}", one_line(&unread.file), unread.line);
        let _ = writeln!(out, "  not judged: {place}: {}", one_line(&unread.reason));
    }
    if plans.unread.len() > top {
        let _ = writeln!(out, "  and {} more that could not be read", plans.unread.len() - top);
    }
    if plans.queries_left_out > 0 {
        let left_out = count(plans.queries_left_out as f64);
        let _ = writeln!(
            out,
            "  plans of {left_out} further queries, which took less time, were not judged"
        );
    }
}

fn finding(out: &mut String, kept: &KeptFinding, room: usize) {
    let found = &kept.finding;
    let severity = match found.severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    };
    let _ = writeln!(out, "{severity:>8}  {}", one_line(&found.message));
    let took = kept.took_ms.map_or(NOTHING.to_owned(), millis);
    let _ = writeln!(
        out,
        "          {} calls, {} in all; this one took {took}, {}",
        count(kept.calls as f64),
        millis(kept.duration_ms),
        one_line(found.seen_in.as_deref().unwrap_or_default()),
    );
    let _ = writeln!(out, "          {}", shortened(&one_line(&kept.query), room));
    if let Some(fix) = found.fix.lines().find(|line| !line.trim().is_empty()) {
        let _ = writeln!(out, "          → {}", one_line(fix));
    }
}
