//! A query with its numbers, plans and findings.

use std::collections::HashMap;

use serde::Serialize;

use super::plan::PlanView;
use super::plan_diff::{DiffRow, plan_diff};
use super::spot::Spot;
use crate::compare::{Level, QueryComparison, Side, Verdict};
use crate::engine::DbError;
use crate::report::{Document, format};
use crate::run::{QueryRun, Status};
use crate::sql::StatementKind;
use crate::stats::{Interval, Latency};

#[derive(Debug, Clone, Serialize)]
pub struct QueryView {
    pub id: String,
    /// `None` when there are too many queries to show this one in detail.
    pub anchor: Option<String>,
    pub sql: String,
    /// `queries.sql:12`.
    pub place: String,
    /// Where the server stumbled.
    pub spot: Option<Spot>,
    pub kind: &'static str,
    /// `measured`, `refused`, `failed`, `timed-out`, `not-reached`.
    pub status: &'static str,
    /// Why there are no numbers.
    pub reason: Option<String>,
    pub latency: Option<LatencyView>,
    pub weight: String,
    /// Share of the workload's weighted time, as text and 0 to 100.
    pub share: String,
    pub share_percent: f64,
    pub weighted_ms: f64,
    pub first: Option<String>,
    pub rows: Option<String>,
    pub errors: Vec<String>,
    pub explain_note: Option<String>,
    pub before: Option<PlanView>,
    pub after: Option<PlanView>,
    /// Where the plan changed its shape: both sides, node by node.
    pub plan_diff: Option<Vec<DiffRow>>,
    /// What differs without a clock, gravest first: level and sentence.
    pub signals: Vec<(&'static str, String)>,
    /// Plans with other parameters: one line each.
    pub other_plans: Vec<String>,
    pub parameter_sets: usize,
    /// Anchors and titles of the findings in this query.
    pub findings: Vec<(String, String)>,
    #[serde(skip)]
    pub distribution: Vec<(&'static str, Latency)>,
}

#[derive(Debug, Clone, Serialize)]
pub struct LatencyView {
    pub count: String,
    pub mean: String,
    pub p50: String,
    pub p50_ms: f64,
    pub interval: String,
    pub p90: String,
    pub p95: String,
    pub p95_ms: f64,
    pub p99: String,
    pub min: String,
    pub max: String,
}

/// What is known of the queries beside their own records.
struct Around<'d> {
    document: &'d Document,
    anchors: &'d HashMap<&'d str, String>,
    compared: HashMap<&'d str, &'d QueryComparison>,
    after: HashMap<&'d str, &'d QueryRun>,
    /// Weighted time of all queries, milliseconds.
    total: f64,
}

/// What got slower, then the heaviest; what was not measured comes last, in the workload's order.
pub fn ranked(document: &Document, anchors: &HashMap<&str, String>) -> Vec<QueryView> {
    let compared = document.comparison.iter().flat_map(|comparison| &comparison.queries);
    let after = document.after.iter().flat_map(|run| &run.queries);
    let around = Around {
        document,
        anchors,
        compared: compared.map(|query| (query.query.as_str(), query)).collect(),
        after: after.map(|query| (query.id.as_str(), query)).collect(),
        total: document.run.queries.iter().map(QueryRun::weighted_ms).sum(),
    };
    let mut views: Vec<QueryView> =
        document.run.queries.iter().map(|query| view(&around, query)).collect();
    let slower = |view: &QueryView| {
        let compared = around.compared.get(view.id.as_str());
        compared.is_some_and(|query| query.verdict == Verdict::Regressed)
    };
    views.sort_by(|a, b| slower(b).cmp(&slower(a)).then(b.weighted_ms.total_cmp(&a.weighted_ms)));
    views
}

fn view(around: &Around<'_>, query: &QueryRun) -> QueryView {
    let share = if around.total > 0.0 { query.weighted_ms() / around.total } else { 0.0 };
    let after = around.after.get(query.id.as_str()).copied();
    let compared = around.compared.get(query.id.as_str()).copied();
    let anchor = around.anchors.get(query.id.as_str()).cloned();
    let (status, reason) = status(&query.status);
    let detailed = anchor.is_some();
    QueryView {
        id: query.id.clone(),
        anchor,
        sql: query.sql.clone(),
        place: query.place(),
        spot: Spot::of(query),
        kind: kind(query.kind),
        status,
        reason,
        latency: best(query.latency.as_ref(), compared.and_then(|c| c.before.as_ref()))
            .map(|(_, shown)| latency(shown, compared.and_then(typical))),
        weight: format::count(query.weight),
        share: format::percent(share),
        share_percent: share * 100.0,
        weighted_ms: query.weighted_ms(),
        first: query.first_ms.map(format::millis),
        rows: query.rows.map(format::count),
        errors: query.errors.iter().map(error).collect(),
        explain_note: note(query),
        before: plan(around.document, query, false).filter(|_| detailed),
        after: after.filter(|_| detailed).and_then(|q| plan(around.document, q, true)),
        plan_diff: compared.filter(|_| detailed).and_then(plan_diff),
        signals: compared.map(signals).unwrap_or_default(),
        other_plans: query.plans.iter().skip(1).map(other_plan).collect(),
        parameter_sets: query.params.len(),
        findings: Vec::new(),
        distribution: match detailed {
            true => distribution(query, after, compared),
            false => Vec::new(),
        },
    }
}

/// What is to be known of its plan.
fn note(query: &QueryRun) -> Option<String> {
    let settings = query.own_settings();
    let session =
        (!settings.is_empty()).then(|| format!("planned with {settings}, as its file sets it"));
    match (session, &query.explain_note) {
        (Some(session), Some(note)) => Some(format!("{session}; {note}")),
        (session, note) => session.or_else(|| note.clone()),
    }
}

fn signals(query: &QueryComparison) -> Vec<(&'static str, String)> {
    let word = |level| match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    };
    query.signals.iter().map(|signal| (word(signal.level), signal.message.clone())).collect()
}

/// A comparison may have executed a query far more often than the run that its plan comes from.
fn best<'l>(run: Option<&'l Latency>, side: Option<&'l Side>) -> Option<(u64, &'l Latency)> {
    let all = run.into_iter().chain(side.map(|side| &side.latency));
    all.map(|latency| (latency.count, latency)).max_by_key(|(count, _)| *count)
}

fn plan(document: &Document, query: &QueryRun, after: bool) -> Option<PlanView> {
    let measurements = if after { &document.measurements_after } else { &document.measurements };
    query.plans.first().map(|record| PlanView::of(record, measurements.get(&query.id)))
}

fn distribution(
    before: &QueryRun,
    after: Option<&QueryRun>,
    compared: Option<&QueryComparison>,
) -> Vec<(&'static str, Latency)> {
    let name = if after.is_some() { "before" } else { "measured" };
    let first = best(before.latency.as_ref(), compared.and_then(|c| c.before.as_ref()));
    let second = best(
        after.and_then(|query| query.latency.as_ref()),
        compared.and_then(|c| c.after.as_ref()),
    );
    let named = |name, side: Option<(u64, &Latency)>| side.map(|(_, l)| (name, l.clone()));
    named(name, first).into_iter().chain(named("after", second)).collect()
}

/// The median that stands beside the verdict, and its interval: one query has one median wherever it is shown.
fn typical(query: &QueryComparison) -> Option<[f64; 3]> {
    query.ratio_interval?;
    Some(query.before.as_ref()?.typical_ms())
}

/// The n-th percentile of fewer executions than these is the slowest of them by another name.
const LEAST_FOR_P90: u64 = 10;
const LEAST_FOR_P95: u64 = 20;
const LEAST_FOR_P99: u64 = 100;

fn latency(latency: &Latency, typical: Option<[f64; 3]>) -> LatencyView {
    let percentile = |ms: f64, least: u64| match latency.count >= least {
        true => format::millis(ms),
        false => format::NOTHING.to_owned(),
    };
    let interval = typical.map(|[low, _, high]| Interval::new(low, high));
    let p50_ms = typical.map_or(latency.p50_ms, |[_, median, _]| median);
    LatencyView {
        count: format::count(latency.count as f64),
        mean: format::millis(latency.mean_ms),
        p50: format::millis(p50_ms),
        p50_ms,
        interval: format::millis_range(interval.unwrap_or(latency.median_interval)),
        p90: percentile(latency.p90_ms, LEAST_FOR_P90),
        p95: percentile(latency.p95_ms, LEAST_FOR_P95),
        p95_ms: latency.p95_ms,
        p99: percentile(latency.p99_ms, LEAST_FOR_P99),
        min: format::millis(latency.min_ms),
        max: format::millis(latency.max_ms),
    }
}

fn kind(kind: StatementKind) -> &'static str {
    match kind {
        StatementKind::Read => "read",
        StatementKind::Write => "write",
        StatementKind::Ddl => "schema change",
        StatementKind::Utility => "utility",
    }
}

/// What [`Status::Planned`] is called.
pub const PLANNED: &str = "planned only";

fn status(status: &Status) -> (&'static str, Option<String>) {
    match status {
        Status::Measured => ("measured", None),
        Status::Planned => (PLANNED, None),
        Status::Refused { reason } => ("refused", Some(reason.clone())),
        Status::Failed { error } => ("failed", Some(told(error))),
        Status::TimedOut { after_ms } => (
            "timed out",
            Some(format!("Every execution was ended after {}.", format::millis(*after_ms))),
        ),
        Status::NotReached => ("not reached", Some("The run ended before its turn.".to_owned())),
    }
}

/// In one line.
fn told(error: &DbError) -> String {
    error.to_string().replace("\n  try: ", "; try: ")
}

fn error(error: &crate::run::ErrorCount) -> String {
    let times = format::counted(error.count as usize, "execution", "executions");
    format!("{times} failed: {}", told(&error.error))
}

fn other_plan(record: &crate::run::PlanRecord) -> String {
    let time = record.plan.execution_ms.map_or("estimated only".to_owned(), format::millis);
    match &record.file {
        Some(file) => format!("{time} ({file})"),
        None => time,
    }
}
