//! What a finding asks for, as far as a program can carry it out.

use planwise::advise::Advice;
use planwise::rule::{Action, ActionKind, Finding};

#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// To be run on a copy of the database, in order.
    Statements(Vec<String>),
    /// For the sessions that measure.
    Setting { name: String, value: String },
}

/// Models of gain that an index brings about.
const OF_INDEXES: [&str; 3] = ["G1", "G5", "G7"];

/// The statement that stands with the finding; `None` where there are only words.
pub fn of(finding: &Finding, advice: &Advice) -> Option<Remedy> {
    let runnable: Vec<&Action> = finding.actions.iter().filter(|a| is_runnable(a)).collect();
    let first = runnable.first()?;
    match first.kind {
        ActionKind::Setting => setting(first),
        ActionKind::Index => index(first, finding, advice),
        kind => {
            let same = runnable.iter().filter(|action| action.kind == kind);
            Some(Remedy::Statements(same.map(|action| action.statement.clone()).collect()))
        }
    }
}

/// A dropped index makes no query faster, and a sketch of a statement is none.
fn is_runnable(action: &Action) -> bool {
    let in_words = matches!(action.kind, ActionKind::Rewrite | ActionKind::DropIndex);
    !in_words && !action.statement.trim_start().starts_with("--")
}

fn setting(action: &Action) -> Option<Remedy> {
    if let Some(change) = &action.setting {
        let remedy = Remedy::Setting { name: change.name.clone(), value: change.to.clone() };
        return (!change.needs_restart).then_some(remedy);
    }
    let (name, value) = action.statement.strip_prefix("SET ")?.split_once('=')?;
    let value = value.trim().trim_end_matches(';').trim_matches('\'').to_owned();
    Some(Remedy::Setting { name: name.trim().to_owned(), value })
}

/// With the extension that it needs, and with all its steps. Advice for the same query that a rule does not ask for is no
/// remedy of the rule's.
fn index(action: &Action, finding: &Finding, advice: &Advice) -> Option<Remedy> {
    let advised = advice.indexes.iter().find(|index| index.ddl == action.statement);
    let Some(advised) = advised else {
        return Some(Remedy::Statements(vec![action.statement.clone()]));
    };
    if !OF_INDEXES.contains(&finding.gain.model.as_str()) {
        return None;
    }
    let own = match advised.steps.as_slice() {
        [] => vec![advised.ddl.clone()],
        steps => steps.to_vec(),
    };
    Some(Remedy::Statements(advised.requires.clone().into_iter().chain(own).collect()))
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Remedy::Statements(statements) => f.write_str(&statements.join(" ")),
            Remedy::Setting { name, value } => write!(f, "SET {name} = '{value}';"),
        }
    }
}
