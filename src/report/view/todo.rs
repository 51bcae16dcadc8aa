//! The first screen: what to do, best first, and what did not work.

use serde::Serialize;

use super::advice::{AdviceView, ChangeView, QueryLink};
use crate::advise::Outcome;
use crate::engine::DbErrorKind;
use crate::report::{Document, format};
use crate::run::Status;

/// Changes on the first screen; the others are counted.
const MOST: usize = 5;
/// Queries named with a change.
const MOST_QUERIES: usize = 3;
/// What a reader decides by; the rest stands with the change itself.
const FACTS: [&str; 4] = ["size", "saves", "restart", "frees"];

#[derive(Debug, Clone, Default, Serialize)]
pub struct Todo {
    pub changes: Vec<ChangeView>,
    /// How many more there are.
    pub more: usize,
}

impl Todo {
    /// Proven changes first, what saves most above the others, then each kind in its own order; what was
    /// dropped or failed is not to be done.
    pub fn of(advice: &AdviceView) -> Todo {
        let all = || advice.groups.iter().flat_map(|group| &group.changes);
        let of = |outcome: &str| {
            let mut changes: Vec<&ChangeView> =
                all().filter(|change| change.outcome == outcome).collect();
            let saved = |change: &ChangeView| change.saved_ms.unwrap_or(f64::NEG_INFINITY);
            changes.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
            changes
        };
        let wanted: Vec<&ChangeView> =
            of("kept").into_iter().chain(of("unproven")).chain(of("proposed")).collect();
        let changes = wanted.iter().take(MOST).map(|change| short(change)).collect();
        Todo { changes, more: wanted.len().saturating_sub(MOST) }
    }
}

fn short(change: &ChangeView) -> ChangeView {
    let queries: Vec<QueryLink> = change.queries.iter().take(MOST_QUERIES).cloned().collect();
    let facts = change.facts.iter().filter(|(name, _)| FACTS.contains(name));
    let mut statement = change.requires.clone().map_or(String::new(), |first| ended(&first) + "\n");
    statement.push_str(&ended(&change.statement));
    ChangeView { facts: facts.cloned().collect(), queries, statement, ..change.clone() }
}

fn ended(statement: &str) -> String {
    format!("{};", statement.trim_end().trim_end_matches(';'))
}

/// Queries that could not be run, and changes that could not be made.
pub fn failures(document: &Document) -> Vec<String> {
    let advice = &document.advice;
    let outcomes = advice.indexes.iter().map(|index| (&index.name, &index.outcome));
    let outcomes = outcomes
        .chain(advice.drops.iter().map(|drop| (&drop.index, &drop.outcome)))
        .chain(advice.settings.iter().map(|setting| (&setting.name, &setting.outcome)))
        .chain(advice.statistics.iter().map(|change| (&change.rule, &change.outcome)));
    let failed = outcomes.filter_map(|(name, outcome)| match outcome {
        Outcome::Failed { error } => Some(format!("{name} could not be made: {error}")),
        _ => None,
    });
    let lost = document.run.lost.iter().map(|error| match error.kind {
        DbErrorKind::Local => format!("The run could not go on: {error}"),
        _ => format!("The server went away: {error}"),
    });
    lost.chain(failed_queries(document)).chain(failed).collect()
}

fn failed_queries(document: &Document) -> Option<String> {
    let failed: Vec<&str> = document
        .run
        .queries
        .iter()
        .filter(|query| matches!(query.status, Status::Failed { .. }))
        .map(|query| query.id.as_str())
        .collect();
    let shown = failed.iter().take(MOST_QUERIES).copied().collect::<Vec<_>>().join(", ");
    let count = format::counted(failed.len(), "query", "queries");
    match failed.len() {
        0 => None,
        few if few <= MOST_QUERIES => Some(format!("{count} failed: {shown}")),
        _ => Some(format!("{count} failed: {shown}, …; the reason stands beside each")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::advice::ChangeGroup;
    use super::*;

    fn change(title: &str, outcome: &'static str) -> ChangeView {
        ChangeView {
            title: title.to_owned(),
            statement: "CREATE INDEX ON t (a)".to_owned(),
            facts: vec![("basis", "modelled".to_owned()), ("size", "1 MB".to_owned())],
            ..ChangeView::plain(&Outcome::Proposed)
        }
        .with_outcome(outcome)
    }

    impl ChangeView {
        fn with_outcome(self, outcome: &'static str) -> ChangeView {
            ChangeView { outcome, ..self }
        }
    }

    #[test]
    fn proven_changes_come_first_and_dropped_ones_not_at_all() {
        let outcomes =
            ["proposed", "dropped", "kept", "failed", "proposed", "kept", "kept", "kept"];
        let changes = outcomes.iter().enumerate();
        let mut changes: Vec<ChangeView> =
            changes.map(|(i, outcome)| change(&i.to_string(), outcome)).collect();
        changes[5].saved_ms = Some(3.0);
        let groups = vec![ChangeGroup { title: "Indexes", changes }];
        let todo = Todo::of(&AdviceView { groups, ..AdviceView::default() });
        let titles: Vec<&str> = todo.changes.iter().map(|change| change.title.as_str()).collect();
        assert_eq!(titles, ["5", "2", "6", "7", "0"]);
        assert_eq!(todo.more, 1);
        assert_eq!(todo.changes[0].statement, "CREATE INDEX ON t (a);");
        assert_eq!(todo.changes[0].facts, [("size", "1 MB".to_owned())]);
    }
}
