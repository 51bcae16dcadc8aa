//! The whole report.

use serde::Serialize;

use super::advice::AdviceView;
use super::comparison::ComparisonView;
use super::environment::{EnvironmentView, warnings};
use super::finding::FindingView;
use super::headline::Headline;
use super::query::{QueryView, anchor, ranked};
use crate::report::{Document, format};

#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub title: String,
    pub subtitle: String,
    pub headline: Headline,
    /// The big numbers under the headline.
    pub figures: Vec<Figure>,
    pub warnings: Vec<String>,
    pub comparison: Option<ComparisonView>,
    pub queries: Vec<QueryView>,
    /// Best first, minor ones last.
    pub findings: Vec<FindingView>,
    pub major: usize,
    pub advice: AdviceView,
    pub environment: EnvironmentView,
    pub redacted: bool,
    pub format: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

impl Page {
    /// Expects a document that is redacted already where that was asked for.
    pub fn of(document: &Document) -> Page {
        let run = &document.run;
        let anchors = |id: &str| anchor(run, id);
        let findings = findings(document);
        let queries = queries(document, &findings);
        let advice = AdviceView::of(&document.advice, &anchors);
        Page {
            title: format!("{}: query performance", run.workload.name),
            subtitle: format!(
                "{} {} · {} · {}",
                run.server.engine,
                run.server.version,
                run.server.database,
                run.finished.strftime("%Y-%m-%d %H:%M UTC")
            ),
            headline: Headline::of(document),
            figures: figures(document, &queries, &findings, &advice),
            warnings: warnings(run),
            comparison: document.comparison.as_ref().map(|c| ComparisonView::of(c, &anchors)),
            queries,
            major: findings.iter().filter(|f| !f.minor).count(),
            findings,
            advice,
            environment: EnvironmentView::of(run),
            redacted: document.redact,
            format: run.format,
        }
    }
}

fn findings(document: &Document) -> Vec<FindingView> {
    let mut order: Vec<_> = document.findings.iter().collect();
    order.sort_by(|a, b| a.minor.cmp(&b.minor).then(b.score.total_cmp(&a.score)));
    let anchors = |id: &str| anchor(&document.run, id);
    let numbered = order.into_iter().enumerate();
    numbered.map(|(i, f)| FindingView::of(f, i, &anchors)).collect()
}

fn queries(document: &Document, findings: &[FindingView]) -> Vec<QueryView> {
    let mut queries = ranked(document);
    for query in &mut queries {
        let own = findings.iter().filter(|f| {
            f.query.as_ref() == Some(&query.id) || f.affected.iter().any(|(id, _)| *id == query.id)
        });
        query.findings = own.map(|f| (f.anchor.clone(), f.title.clone())).collect();
    }
    queries
}

fn figures(
    document: &Document,
    queries: &[QueryView],
    findings: &[FindingView],
    advice: &AdviceView,
) -> Vec<Figure> {
    let measured = queries.iter().filter(|q| q.status == "measured").count();
    let mut figures = vec![Figure {
        label: "queries measured",
        value: format::count(measured as f64),
        note: match queries.len() - measured {
            0 => "all of the workload".to_owned(),
            rest => format!("{} without numbers", format::count(rest as f64)),
        },
    }];
    figures.extend(time_figure(document));
    let minor = findings.iter().filter(|f| f.minor).count();
    figures.push(Figure {
        label: "findings",
        value: format::count((findings.len() - minor) as f64),
        note: match (findings.len(), minor) {
            (0, _) => "nothing found".to_owned(),
            (_, 0) => "none of them minor".to_owned(),
            _ => format!("and {minor} minor"),
        },
    });
    let kept = advice.groups.iter().flat_map(|g| &g.changes).filter(|c| c.outcome == "kept");
    figures.push(match document.comparison {
        Some(_) => Figure {
            label: "changes kept",
            value: format::count(kept.count() as f64),
            note: format!("of {} proposed", format::count(advice.changes as f64)),
        },
        None => Figure {
            label: "changes proposed",
            value: format::count(advice.changes as f64),
            note: if advice.changes == 0 { "nothing to do" } else { "each with its undo" }
                .to_owned(),
        },
    });
    figures
}

fn time_figure(document: &Document) -> Option<Figure> {
    if let Some(comparison) = &document.comparison {
        return Some(Figure {
            label: "weighted time of one pass",
            value: format::millis(comparison.workload_after_ms),
            note: format!("from {}", format::millis(comparison.workload_before_ms)),
        });
    }
    let total: f64 = document.run.queries.iter().map(|q| q.weighted_ms()).sum();
    (total > 0.0).then(|| Figure {
        label: "weighted time of one pass",
        value: format::millis(total),
        note: "sum of mean times × weights".to_owned(),
    })
}
