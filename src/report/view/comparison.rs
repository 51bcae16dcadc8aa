//! Before and after, query by query.

use serde::Serialize;

use super::surroundings::{SelfCheckView, SurroundingRow, self_check, surroundings};
use crate::compare::{Comparison, Method, QueryComparison, Verdict};
use crate::report::format;
use crate::report::verdict_words::{change, word};

#[derive(Debug, Clone, Serialize)]
pub struct ComparisonView {
    /// Slower ones first, then most time saved.
    pub rows: Vec<ComparisonRow>,
    pub method: &'static str,
    /// What the sides are called.
    pub before_label: String,
    pub after_label: String,
    pub surroundings: Vec<SurroundingRow>,
    pub self_check: Option<SelfCheckView>,
    /// Rows without a verdict, and what it would take.
    pub open: Vec<OpenRow>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct OpenRow {
    pub query: String,
    pub anchor: Option<String>,
    pub why: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ComparisonRow {
    pub query: String,
    /// Link to the query's section.
    pub anchor: Option<String>,
    pub before: String,
    pub before_interval: String,
    pub after: String,
    pub after_interval: String,
    /// See [`change`].
    pub change: String,
    pub interval: String,
    /// Weighted time saved per pass; negative when it got slower.
    pub saved: String,
    pub saved_ms: f64,
    pub ratio: Option<f64>,
    pub blocks: Option<String>,
    pub rows_changed: Option<String>,
    pub plan_changed: bool,
    pub verdict: &'static str,
    pub verdict_word: &'static str,
    pub note: Option<String>,
    /// Medians and their intervals for the chart: before (low, median, high), after.
    pub before_ms: Option<[f64; 3]>,
    pub after_ms: Option<[f64; 3]>,
}

impl ComparisonView {
    pub fn of(comparison: &Comparison, anchors: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut rows: Vec<ComparisonRow> =
            comparison.queries.iter().map(|q| row(q, anchors(&q.query))).collect();
        let measured = |row: &ComparisonRow| row.before_ms.is_some() && row.after_ms.is_some();
        let slower = |row: &ComparisonRow| row.verdict == "regressed";
        rows.sort_by(|a, b| {
            let by_verdict = slower(b).cmp(&slower(a)).then(measured(b).cmp(&measured(a)));
            let by_loss = match slower(a) && slower(b) {
                true => a.saved_ms.total_cmp(&b.saved_ms),
                false => b.saved_ms.total_cmp(&a.saved_ms),
            };
            by_verdict.then(by_loss)
        });
        ComparisonView {
            rows,
            method: method(comparison.method),
            before_label: comparison.labels.before.clone(),
            after_label: comparison.labels.after.clone(),
            surroundings: surroundings(comparison),
            self_check: comparison.self_check.as_ref().map(self_check),
            open: comparison.queries.iter().filter_map(|q| open(q, anchors)).collect(),
            notes: comparison.notes.clone(),
        }
    }
}

/// What was inconclusive, and how many blocks it would take.
fn open(query: &QueryComparison, anchors: &dyn Fn(&str) -> Option<String>) -> Option<OpenRow> {
    if query.verdict != Verdict::Inconclusive {
        return None;
    }
    let needed = match (query.blocks_needed, query.ratio_interval) {
        (Some(needed), _) => {
            format!("; about {needed} blocks would tell, there were {}", query.blocks)
        }
        (None, Some(_)) => "; too close to the limit for any number of blocks".to_owned(),
        (None, None) => String::new(),
    };
    let why = query.note.as_deref().unwrap_or("nothing is known of it");
    let anchor = anchors(&query.query);
    Some(OpenRow { query: query.query.clone(), anchor, why: format!("{why}{needed}") })
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Alternating => {
            "Executions before and after alternated, so that drift of the machine cancels out. \
             Intervals are 95 %."
        }
        Method::Sequential => {
            "One run after the other: drift of the machine is part of the difference, so confidence \
             is low. Intervals are 95 %."
        }
    }
}

fn row(query: &QueryComparison, anchor: Option<String>) -> ComparisonRow {
    let median =
        |side: &Option<crate::compare::Side>| side.as_ref().map(crate::compare::Side::typical_ms);
    let (before_ms, after_ms) = (median(&query.before), median(&query.after));
    // What has the same plan was looked at briefly: its difference is no saving.
    let is_told = query.verdict != Verdict::Unchanged || query.ratio_interval.is_some();
    let saved_ms = match (before_ms, after_ms) {
        (Some(before), Some(after)) if is_told => (before[1] - after[1]) * query.weight,
        _ => 0.0,
    };
    ComparisonRow {
        query: query.query.clone(),
        anchor,
        before: median_text(before_ms),
        before_interval: interval_text(before_ms),
        after: median_text(after_ms),
        after_interval: interval_text(after_ms),
        change: change(query),
        interval: interval(query),
        saved: saved(is_told && before_ms.is_some() && after_ms.is_some(), saved_ms),
        saved_ms,
        ratio: query.ratio,
        blocks: blocks(query),
        rows_changed: rows_changed(query),
        plan_changed: plan_changed(query),
        verdict: verdict(query.verdict),
        verdict_word: word(query.verdict),
        note: query.note.clone(),
        before_ms,
        after_ms,
    }
}

fn median_text(side: Option<[f64; 3]>) -> String {
    side.map_or("not measured".to_owned(), |[_, median, _]| format::millis(median))
}

fn interval_text(side: Option<[f64; 3]>) -> String {
    side.map_or(String::new(), |[low, _, high]| {
        format::millis_range(crate::stats::Interval::new(low, high))
    })
}

fn interval(query: &QueryComparison) -> String {
    query.ratio_interval.map_or(String::new(), format::change_range)
}

fn saved(known: bool, ms: f64) -> String {
    match (known, ms >= 0.0) {
        (false, _) => format::NOTHING.to_owned(),
        (true, true) => format::millis(ms),
        (true, false) => format!("−{}", format::millis(-ms)),
    }
}

fn blocks(query: &QueryComparison) -> Option<String> {
    let before = query.before.as_ref()?.blocks?;
    let after = query.after.as_ref()?.blocks?;
    Some(format!("{} → {}", format::count(before as f64), format::count(after as f64)))
}

/// Different results are a warning, not a speed-up.
fn rows_changed(query: &QueryComparison) -> Option<String> {
    let (before, after) = (query.before.as_ref()?.rows?, query.after.as_ref()?.rows?);
    (before != after)
        .then(|| format!("rows returned: {} → {}", format::count(before), format::count(after)))
}

fn plan_changed(query: &QueryComparison) -> bool {
    let shape =
        |side: &Option<crate::compare::Side>| side.as_ref().and_then(|s| s.plan_shape.clone());
    let (before, after) = (shape(&query.before), shape(&query.after));
    before.is_some() && after.is_some() && before != after
}

/// The class that colours it.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Improved => "improved",
        Verdict::Regressed => "regressed",
        Verdict::Unchanged => "unchanged",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Failed => "failed",
    }
}
