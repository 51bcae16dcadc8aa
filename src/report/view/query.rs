//! A query with its numbers, plans and findings.

use serde::Serialize;

use super::plan::PlanView;
use crate::report::{Document, format};
use crate::run::{QueryRun, Run, Status};
use crate::sql::StatementKind;
use crate::stats::Latency;

#[derive(Debug, Clone, Serialize)]
pub struct QueryView {
    pub id: String,
    pub anchor: String,
    pub sql: String,
    pub line: usize,
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

/// Heaviest first; what was not measured comes last, in the workload's order.
pub fn ranked(document: &Document) -> Vec<QueryView> {
    let total: f64 = document.run.queries.iter().map(QueryRun::weighted_ms).sum();
    let mut views: Vec<QueryView> = document
        .run
        .queries
        .iter()
        .enumerate()
        .map(|(position, query)| view(document, query, position, total))
        .collect();
    views.sort_by(|a, b| b.weighted_ms.total_cmp(&a.weighted_ms));
    views
}

/// Anchors are numbered, because names are hostile.
pub fn anchor(run: &Run, id: &str) -> Option<String> {
    run.queries.iter().position(|q| q.id == id).map(|position| format!("q{}", position + 1))
}

fn view(document: &Document, query: &QueryRun, position: usize, total: f64) -> QueryView {
    let share = if total > 0.0 { query.weighted_ms() / total } else { 0.0 };
    let after = document.after.as_ref().and_then(|run| run.query(&query.id));
    let (status, reason) = status(&query.status);
    QueryView {
        id: query.id.clone(),
        anchor: format!("q{}", position + 1),
        sql: query.sql.clone(),
        line: query.line,
        kind: kind(query.kind),
        status,
        reason,
        latency: query.latency.as_ref().map(latency),
        weight: format::count(query.weight),
        share: format::percent(share),
        share_percent: share * 100.0,
        weighted_ms: query.weighted_ms(),
        first: query.first_ms.map(format::millis),
        rows: query.rows.map(format::count),
        errors: query.errors.iter().map(error).collect(),
        explain_note: query.explain_note.clone(),
        before: plan(document, query, false),
        after: after.and_then(|q| plan(document, q, true)),
        other_plans: query.plans.iter().skip(1).map(other_plan).collect(),
        parameter_sets: query.params.len(),
        findings: Vec::new(),
        distribution: distribution(query, after),
    }
}

fn plan(document: &Document, query: &QueryRun, after: bool) -> Option<PlanView> {
    let measurements = if after { &document.measurements_after } else { &document.measurements };
    query.plans.first().map(|record| PlanView::of(record, measurements.get(&query.id)))
}

fn distribution(before: &QueryRun, after: Option<&QueryRun>) -> Vec<(&'static str, Latency)> {
    let name = if after.is_some() { "before" } else { "measured" };
    let side = |name, latency: &Option<Latency>| latency.clone().map(|l| (name, l));
    let after = after.and_then(|q| side("after", &q.latency));
    side(name, &before.latency).into_iter().chain(after).collect()
}

fn latency(latency: &Latency) -> LatencyView {
    LatencyView {
        count: format::count(latency.count as f64),
        mean: format::millis(latency.mean_ms),
        p50: format::millis(latency.p50_ms),
        p50_ms: latency.p50_ms,
        interval: format::millis_range(latency.median_interval),
        p90: format::millis(latency.p90_ms),
        p95: format::millis(latency.p95_ms),
        p95_ms: latency.p95_ms,
        p99: format::millis(latency.p99_ms),
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
        Status::Failed { error } => ("failed", Some(error.to_string())),
        Status::TimedOut { after_ms } => (
            "timed out",
            Some(format!("Every execution was ended after {}.", format::millis(*after_ms))),
        ),
        Status::NotReached => ("not reached", Some("The run ended before its turn.".to_owned())),
    }
}

fn error(error: &crate::run::ErrorCount) -> String {
    let times = format::counted(error.count as usize, "execution", "executions");
    format!("{times} failed: {}", error.error)
}

fn other_plan(record: &crate::run::PlanRecord) -> String {
    let time = record.plan.execution_ms.map_or("estimated only".to_owned(), format::millis);
    match &record.file {
        Some(file) => format!("{time} ({file})"),
        None => time,
    }
}
