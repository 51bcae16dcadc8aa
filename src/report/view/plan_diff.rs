//! Two plans side by side, with the nodes that differ marked.

use serde::Serialize;

use crate::compare::{Cause, NodeChange, PlanLine, QueryComparison};

#[derive(Debug, Clone, Serialize)]
pub struct DiffRow {
    /// `same`, `changed`, `removed`, `added`.
    pub change: &'static str,
    pub before: Option<DiffLine>,
    pub after: Option<DiffLine>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DiffLine {
    /// Levels below the root; 12 at most are shown as indentation.
    pub depth: usize,
    pub text: String,
}

/// `None` when the plan kept its shape.
pub fn plan_diff(query: &QueryComparison) -> Option<Vec<DiffRow>> {
    let rows = query.signals.iter().find_map(|signal| match &signal.cause {
        Cause::PlanChanged { rows } if !rows.is_empty() => Some(rows),
        _ => None,
    })?;
    let row = |row: &crate::compare::PlanDiffRow| DiffRow {
        change: word(row.change),
        before: row.before.as_ref().map(line),
        after: row.after.as_ref().map(line),
    };
    Some(rows.iter().map(row).collect())
}

fn line(line: &PlanLine) -> DiffLine {
    DiffLine { depth: line.depth.min(12), text: line.text.clone() }
}

fn word(change: NodeChange) -> &'static str {
    match change {
        NodeChange::Same => "same",
        NodeChange::Changed => "changed",
        NodeChange::Removed => "removed",
        NodeChange::Added => "added",
    }
}
