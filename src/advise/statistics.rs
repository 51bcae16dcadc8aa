//! Statements for the planner's statistics that findings ask for, each once.

use crate::rule::{ActionKind, Finding};

use super::{Advice, Outcome, StatisticsAdvice};

/// In the order of the findings; a refresh of a table comes after everything created on it.
pub fn collect(findings: &[Finding], advice: &mut Advice) {
    let mut found: Vec<StatisticsAdvice> = Vec::new();
    for finding in findings {
        for action in &finding.actions {
            let wanted = matches!(action.kind, ActionKind::Statistics | ActionKind::Maintenance);
            let known = found.iter().any(|known| known.statement == action.statement);
            if !wanted || action.statement.trim().is_empty() {
                continue;
            }
            if known && action.undo.is_none() {
                // Said again by a later finding: once, but behind whatever that one creates.
                let position = found.iter().position(|known| known.statement == action.statement);
                if let Some(position) = position {
                    let again = found.remove(position);
                    found.push(again);
                }
                continue;
            }
            if !known {
                found.push(StatisticsAdvice {
                    statement: action.statement.clone(),
                    undo: action.undo.clone(),
                    rule: finding.rule.clone(),
                    why: finding.message.clone(),
                    outcome: Outcome::Proposed,
                });
            }
        }
    }
    advice.statistics.extend(found);
}
