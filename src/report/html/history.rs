//! The page of the history: every query's trend.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::engine;
use super::exporter::{SCRIPT, STYLE};
use super::policy::Policy;
use crate::history::Outcome;
use crate::report::charts::{Night, trend};
use crate::report::{Trend, format};

#[derive(Serialize)]
struct Row {
    query: String,
    anchor: String,
    sql: String,
    latest: String,
    latest_ms: f64,
    runs: usize,
    changes: Vec<String>,
    chart: Option<String>,
}

/// Queries that changed come first.
pub fn history_page(trends: &[Trend]) -> Result<String> {
    let mut order: Vec<&Trend> = trends.iter().collect();
    order.sort_by_key(|trend| trend.changes.is_empty());
    let rows = order.into_iter().enumerate().map(row).collect::<Result<Vec<Row>>>()?;
    let changed = rows.iter().filter(|row| !row.changes.is_empty()).count();
    let runs = trends.iter().map(|trend| trend.series.observations.len()).max().unwrap_or(0);
    let policy = Policy::for_inline(STYLE, SCRIPT);
    let context = context! {
        rows => Serde(&rows), changed, runs,
        policy => policy.to_string(), style => STYLE, script => SCRIPT,
    };
    let environment = engine::environment()?;
    let template = environment.get_template("history.html")?;
    template.render(context).context("cannot render history.html")
}

fn row((position, told): (usize, &Trend)) -> Result<Row> {
    let nights: Vec<Night> = told
        .series
        .observations
        .iter()
        .map(|seen| Night {
            median_ms: seen.median_ms,
            date: seen.started.strftime("%Y-%m-%d").to_string(),
            bad: seen.outcome == Outcome::Bad,
        })
        .collect();
    let changes: Vec<usize> = told.changes.iter().map(|change| change.at).collect();
    let latest_ms = nights.last().map_or(0.0, |night| night.median_ms);
    Ok(Row {
        anchor: format!("t{}", position + 1),
        query: told.series.query.clone(),
        sql: told.series.sql.clone(),
        latest: format::millis(latest_ms),
        latest_ms,
        runs: nights.len(),
        changes: told.sentences(),
        chart: trend(&told.series.query, &nights, &changes)?,
    })
}
