//! The whole report.

use serde::Serialize;

use super::advice::AdviceView;
use super::comparison::ComparisonView;
use super::detail::anchors;
use super::environment::{EnvironmentView, warnings};
use super::finding::FindingView;
use super::headline::Headline;
use super::left::left;
use super::query::{QueryView, ranked};
use super::todo::{Todo, failures};
use crate::compare::Verdict;
use crate::report::{Document, format};

#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub title: String,
    pub subtitle: String,
    pub headline: Headline,
    /// The big numbers under the headline.
    pub figures: Vec<Figure>,
    /// What did not work: above everything else.
    pub failures: Vec<String>,
    pub todo: Todo,
    /// What is slow still, after changes.
    pub left: Option<String>,
    pub warnings: Vec<String>,
    pub comparison: Option<ComparisonView>,
    pub queries: Vec<QueryView>,
    /// Best first, minor ones last.
    pub findings: Vec<FindingView>,
    pub major: usize,
    pub advice: AdviceView,
    pub environment: EnvironmentView,
    pub redacted: bool,
    /// There are no findings and no advice, because nobody asked for them.
    pub only_compared: bool,
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
        let known = anchors(document);
        let anchors = |id: &str| known.get(id).cloned();
        let findings = findings(document, &anchors);
        let only_compared =
            document.comparison.is_some() && findings.is_empty() && document.advice.is_empty();
        let queries = queries(ranked(document, &known), &findings);
        let comparison = document.comparison.as_ref().map(|c| ComparisonView::of(c, &anchors));
        let advice = AdviceView::of(&document.advice, &document.findings, &anchors);
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
            figures: match &document.comparison {
                Some(comparison) if only_compared => compared_figures(comparison, document),
                _ => figures(document, &queries, &findings, &advice),
            },
            failures: failures(document),
            todo: Todo::of(&advice),
            left: document.comparison.as_ref().filter(|_| !only_compared).and_then(left),
            warnings: warnings(run),
            comparison: comparison.map(|view| view.beside(&queries)),
            queries,
            major: findings.iter().filter(|f| !f.minor).count(),
            findings,
            advice,
            environment: EnvironmentView::of(run),
            redacted: document.redact,
            only_compared,
            format: run.format,
        }
    }
}

fn findings(document: &Document, anchors: &dyn Fn(&str) -> Option<String>) -> Vec<FindingView> {
    let mut order: Vec<_> = document.findings.iter().collect();
    order.sort_by(|a, b| a.minor.cmp(&b.minor).then(b.score.total_cmp(&a.score)));
    let numbered = order.into_iter().enumerate();
    numbered.map(|(i, f)| FindingView::of(f, i, anchors)).collect()
}

fn queries(mut queries: Vec<QueryView>, findings: &[FindingView]) -> Vec<QueryView> {
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
            value: format::count(kept.map(|change| change.count).sum::<usize>() as f64),
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

/// How many went which way.
fn compared_figures(comparison: &crate::compare::Comparison, document: &Document) -> Vec<Figure> {
    let count = |verdict| comparison.queries.iter().filter(|q| q.verdict == verdict).count();
    let of = format!("of {}", format::counted(comparison.queries.len(), "query", "queries"));
    let figure = |label, verdict, note: &str| Figure {
        label,
        value: format::count(count(verdict) as f64),
        note: note.to_owned(),
    };
    let mut figures = vec![
        figure("slower", Verdict::Regressed, &of),
        figure("faster", Verdict::Improved, &of),
        figure("without a verdict", Verdict::Inconclusive, "below: what it would take"),
    ];
    if count(Verdict::Failed) > 0 {
        figures.push(figure("failed", Verdict::Failed, "on one side at least"));
    }
    figures.extend(time_figure(document));
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
