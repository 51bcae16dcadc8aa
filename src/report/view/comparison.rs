//! Before and after, query by query.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::node::NodeRow;
use super::plan::PlanView;
use super::query::QueryView;
use super::surroundings::{SelfCheckView, SurroundingRow, self_check, surroundings};
use crate::compare::{Comparison, Method, QueryComparison, Verdict};
use crate::report::format;
use crate::report::text::{one_line, shortened};
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
    /// The rows that are not told one by one where there is little room: `5 cannot tell, 12 same plan`.
    pub rest: Option<String>,
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
    /// It was looked at briefly only, so its times are not held against each other.
    pub same_plan: bool,
    /// It got faster or slower, failed, or answers differently.
    pub told: bool,
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
            method: method(comparison.method),
            before_label: comparison.labels.before.clone(),
            after_label: comparison.labels.after.clone(),
            surroundings: surroundings(comparison),
            self_check: comparison.self_check.as_ref().map(self_check),
            rest: rest(&rows),
            open: comparison.queries.iter().filter_map(|q| open(q, anchors)).collect(),
            notes: comparison.notes.clone(),
            rows,
        }
    }
}

impl ComparisonView {
    /// With what is known of each query: one time for one thing, and where its time went and goes now.
    pub fn beside(mut self, queries: &[QueryView]) -> Self {
        let known: HashMap<&str, &QueryView> =
            queries.iter().map(|query| (query.id.as_str(), query)).collect();
        for row in &mut self.rows {
            let Some(query) = known.get(row.query.as_str()) else { continue };
            if let Some(latency) = query.latency.as_ref().filter(|_| row.same_plan) {
                row.before.clone_from(&latency.p50);
                row.before_interval.clone_from(&latency.interval);
            }
            if row.plan_changed && row.told {
                row.note = moved(query).or(row.note.take());
            }
        }
        self
    }
}

/// `Seq Scan on rental → Index Scan using …`: the node with most time of its own, before and after.
fn moved(query: &QueryView) -> Option<String> {
    let heaviest = |plan: &Option<PlanView>| {
        let share = |row: &&NodeRow| row.share.unwrap_or(0.0);
        let row = plan.as_ref()?.rows.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let name = format!("{} {}", row.label, row.target);
        Some(shortened(&one_line(&name), LONGEST_NODE))
    };
    let (before, after) = (heaviest(&query.before)?, heaviest(&query.after)?);
    (before != after).then(|| format!("{before} → {after}"))
}

/// Characters of a node's name.
const LONGEST_NODE: usize = 70;

fn rest(rows: &[ComparisonRow]) -> Option<String> {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for row in rows.iter().filter(|row| !row.told) {
        *counts.entry(row.change.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
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
    let both = query.before.is_some() && query.after.is_some();
    // What has the same plan was looked at briefly: its difference is no saving, and its two times beside each other
    // would look like one.
    let is_told = query.verdict != Verdict::Unchanged || query.ratio_interval.is_some();
    let same_plan = both && !is_told;
    let (before_ms, after_ms) = match same_plan {
        true => (None, None),
        false => (median(&query.before), median(&query.after)),
    };
    let rows_changed = rows_changed(query);
    let saved_ms = match (before_ms, after_ms) {
        (Some(before), Some(after)) if is_told => (before[1] - after[1]) * query.weight,
        _ => 0.0,
    };
    ComparisonRow {
        query: query.query.clone(),
        anchor,
        before: median_text(median(&query.before)),
        before_interval: interval_text(before_ms),
        after: match same_plan {
            true => format::NOTHING.to_owned(),
            false => median_text(after_ms),
        },
        after_interval: interval_text(after_ms),
        change: change(query),
        interval: interval(query),
        saved: saved(is_told && before_ms.is_some() && after_ms.is_some(), saved_ms),
        saved_ms,
        ratio: query.ratio,
        blocks: blocks(query),
        told: matches!(query.verdict, Verdict::Improved | Verdict::Regressed | Verdict::Failed)
            || rows_changed.is_some(),
        rows_changed,
        plan_changed: plan_changed(query),
        same_plan,
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
