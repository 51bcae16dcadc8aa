//! Changes of layout: structural, and apart from the changes that can simply be made.

use serde::Serialize;

use super::advice::QueryLink;
use crate::advise::LayoutAdvice;
use crate::report::format;

#[derive(Debug, Clone, Serialize)]
pub struct LayoutView {
    pub title: String,
    pub evidence: String,
    pub estimate: String,
    pub trial: Option<String>,
    pub caution: String,
    pub queries: Vec<QueryLink>,
    /// A sketch; empty where the change is the application's.
    pub statement: String,
    pub undo: Option<String>,
}

pub fn layout(advice: &LayoutAdvice, anchors: &dyn Fn(&str) -> Option<String>) -> LayoutView {
    let saved = advice.saved_ms.map(|ms| {
        format!(" About {} of the workload's weighted time, modelled.", format::millis(ms))
    });
    let queries = advice.queries.iter();
    LayoutView {
        title: advice.title(),
        evidence: format!("{}.", advice.evidence),
        estimate: format!("{}{}", advice.estimate, saved.unwrap_or_default()),
        trial: advice.trial.as_ref().map(|trial| trial.words()),
        caution: advice.caution.clone(),
        queries: queries
            .map(|used| QueryLink { query: used.query.clone(), anchor: anchors(&used.query) })
            .collect(),
        statement: advice.statements.join("\n"),
        undo: (!advice.undo.is_empty()).then(|| advice.undo.join("\n")),
    }
}
