//! Page and pictures into the template.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::engine;
use super::policy::Policy;
use crate::health::{Ailment, HealthReport};
use crate::report::charts::{DumbbellRow, dumbbell, histogram, percentiles};
use crate::report::health::health_title;
use crate::report::view::{ComparisonRow, ComparisonView, Page, QueryView};
use crate::report::{Document, Exporter};

pub struct Html;

/// Queries drawn in the before/after chart; the table has all of them.
const CHARTED: usize = 40;

pub(super) const STYLE: &str = include_str!("../../../reports/templates/style.css");
pub(super) const SCRIPT: &str = include_str!("../../../reports/templates/script.js");

/// SVG documents, by the place they belong to.
#[derive(Debug, Clone, Serialize)]
struct QueryCharts {
    histogram: Option<String>,
    percentiles: Option<String>,
}

impl Exporter for Html {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        let page = Page::of(document);
        let charts = page
            .queries
            .iter()
            .filter(|query| query.anchor.is_some())
            .map(query_charts)
            .collect::<Result<Vec<_>>>()?;
        let comparison = page.comparison.as_ref();
        let wide = comparison.map(|c| overview(c, false)).transpose()?.flatten();
        let narrow = comparison.map(|c| overview(c, true)).transpose()?.flatten();
        let health = document.health.as_ref().map(HealthView::of);
        let policy = Policy::for_inline(STYLE, SCRIPT);
        let context = context! {
            page => Serde(&page), charts => Serde(&charts), wide, narrow, CHARTED => CHARTED,
            health => Serde(&health),
            policy => policy.to_string(), style => STYLE, script => SCRIPT,
        };
        let html = engine::environment()?
            .get_template("report.html")?
            .render(context)
            .context("cannot render report.html")?;
        Ok(html.into_bytes())
    }
}

fn query_charts(query: &QueryView) -> Result<QueryCharts> {
    Ok(QueryCharts {
        histogram: histogram(&query.distribution)?,
        percentiles: percentiles(&query.distribution)?,
    })
}

fn overview(comparison: &ComparisonView, narrow: bool) -> Result<Option<String>> {
    let rows: Vec<DumbbellRow> = comparison.rows.iter().filter_map(charted).take(CHARTED).collect();
    dumbbell(&rows, narrow)
}

fn charted(row: &ComparisonRow) -> Option<DumbbellRow> {
    Some(DumbbellRow {
        name: row.query.clone(),
        before: row.before_ms?,
        after: row.after_ms?,
        // The edge of the picture would cut the longer words.
        change: row.change.replace("at least ", "≥ "),
        verdict: row.verdict,
    })
}

/// What of the server's health stands in the report of a workload.
#[derive(Serialize)]
struct HealthView {
    title: String,
    ailments: Vec<AilmentView>,
}

#[derive(Serialize)]
struct AilmentView {
    summary: String,
    message: String,
}

impl HealthView {
    fn of(report: &HealthReport) -> HealthView {
        let view = |ailment: &Ailment| AilmentView {
            summary: ailment.summary.clone(),
            message: ailment.places.first().map(|place| place.message.clone()).unwrap_or_default(),
        };
        HealthView {
            title: health_title(report),
            ailments: report.ailments.iter().map(view).collect(),
        }
    }
}
