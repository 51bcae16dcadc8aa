//! The page of a captured workload: time line, top queries, error classes.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::engine;
use super::exporter::{SCRIPT, STYLE};
use super::policy::Policy;
use crate::report::format::{NOTHING, bytes, count, counted, millis, percent};
use crate::report::text::{one_line, shortened};
use crate::report::view::{FindingView, finding_views};
use crate::rule::{Finding, JudgedPlans, KeptFinding};
use crate::trace::overview::Overview;

/// Queries and hours that are drawn.
const QUERIES: usize = 50;
const HOURS: usize = 168;
/// Width of a chart, in its own units.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 120.0;

#[derive(Serialize)]
struct Bar {
    label: String,
    value: String,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

#[derive(Serialize)]
struct QueryRow {
    title: String,
    time: String,
    share: String,
    bar: f64,
    calls: String,
    mean: String,
    p95: String,
    most: String,
    errors: u64,
    sample: String,
}

#[derive(Serialize)]
struct ErrorRow {
    class: String,
    message: String,
    count: String,
    bar: f64,
}

#[derive(Serialize)]
struct FindingRow {
    finding: FindingView,
    query: String,
    calls: String,
    time: String,
    took: String,
    seen_in: String,
}

/// `habits`: what was found of its sessions.
pub fn workload_page(
    overview: &Overview,
    plans: &JudgedPlans,
    habits: &[Finding],
) -> Result<String> {
    let policy = Policy::for_inline(STYLE, SCRIPT);
    let facts: Vec<(&str, String)> = vec![
        ("Statements", count(overview.statements as f64)),
        ("Different queries", count(overview.fingerprints as f64)),
        ("Sessions", count(overview.sessions as f64)),
        ("Server time", millis(overview.duration_ms)),
        ("Errors", count(overview.errors as f64)),
        ("Rejected", count(overview.rejected as f64)),
        ("Temporary files", bytes(overview.temporary_bytes as f64)),
        ("Lock waits", count(overview.lock_waits as f64)),
    ];
    let context = context! {
        policy => policy.to_string(), style => STYLE, script => SCRIPT,
        statements => count(overview.statements as f64), total => millis(overview.duration_ms),
        first => overview.first.as_deref(), last => overview.last.as_deref(),
        notes => Serde(&overview.notes), facts => Serde(&facts), hours => Serde(&hours(overview)),
        queries => Serde(&queries(overview)), errors => Serde(&errors(overview)),
        findings => Serde(&findings(plans)), judged => counted(plans.judged, "plan", "plans"),
        has_plans => plans.judged + plans.unread.len() > 0, unread => Serde(&plans.unread),
        more_findings => plans.findings.len().saturating_sub(QUERIES),
        habits => Serde(&finding_views(habits)),
        more => overview.queries.len().saturating_sub(QUERIES),
    };
    let environment = engine::environment()?;
    let template = environment.get_template("workload.html")?;
    template.render(context).context("cannot render workload.html")
}

fn hours(overview: &Overview) -> Vec<Bar> {
    let shown = &overview.hours[overview.hours.len().saturating_sub(HOURS)..];
    let most = shown.iter().map(|hour| hour.duration_ms).fold(f64::MIN_POSITIVE, f64::max);
    let step = WIDTH / shown.len().max(1) as f64;
    let bar = |(at, hour): (usize, &crate::trace::overview::HourFigures)| {
        let height = (hour.duration_ms / most * HEIGHT).max(1.0);
        Bar {
            label: hour.hour.clone(),
            value: format!(
                "{}, {} calls, {} errors",
                millis(hour.duration_ms),
                count(hour.calls as f64),
                hour.errors
            ),
            x: at as f64 * step,
            y: HEIGHT - height,
            width: (step - 1.0).max(0.5),
            height,
        }
    };
    shown.iter().enumerate().map(bar).collect()
}

fn queries(overview: &Overview) -> Vec<QueryRow> {
    let most = overview
        .queries
        .first()
        .map_or(f64::MIN_POSITIVE, |query| query.duration_ms.max(f64::MIN_POSITIVE));
    let told = |ms: Option<f64>| ms.map_or(NOTHING.to_owned(), millis);
    let row = |query: &crate::trace::overview::QueryFigures| QueryRow {
        title: shortened(&one_line(&query.query), 120),
        time: millis(query.duration_ms),
        share: percent(query.share),
        bar: query.duration_ms / most * 100.0,
        calls: count(query.calls as f64),
        mean: told(query.mean_ms),
        p95: told(query.p95_ms),
        most: told(query.max_ms),
        errors: query.errors,
        sample: query
            .slowest
            .as_ref()
            .or(query.typical.as_ref())
            .map(|sample| sample.text.clone())
            .unwrap_or_default(),
    };
    overview.queries.iter().take(QUERIES).map(row).collect()
}

fn findings(plans: &JudgedPlans) -> Vec<FindingRow> {
    // As `run` names the query.
    let named = |kept: &KeptFinding| {
        let short = kept.fingerprint.get(..8).unwrap_or(&kept.fingerprint);
        Finding { query: Some(format!("q-{short}")), ..kept.finding.clone() }
    };
    let row = |(position, kept): (usize, &KeptFinding)| FindingRow {
        finding: FindingView::of(&named(kept), position, &|_| None),
        query: shortened(&one_line(&kept.query), 200),
        calls: count(kept.calls as f64),
        time: millis(kept.duration_ms),
        took: kept.took_ms.map_or(NOTHING.to_owned(), millis),
        seen_in: kept.finding.seen_in.clone().unwrap_or_default(),
    };
    plans.findings.iter().take(QUERIES).enumerate().map(row).collect()
}

fn errors(overview: &Overview) -> Vec<ErrorRow> {
    let most = overview.error_classes.first().map_or(1.0, |error| error.count as f64);
    let row = |error: &crate::trace::overview::ErrorFigures| ErrorRow {
        class: error.class.clone(),
        message: error.message.clone(),
        count: count(error.count as f64),
        bar: error.count as f64 / most * 100.0,
    };
    overview.error_classes.iter().take(QUERIES).map(row).collect()
}
