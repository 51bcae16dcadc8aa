//! With which status a finished command ends.

use super::{Exit, exit_of};
use crate::advise::Advice;
use crate::engine::DbErrorKind;
use crate::interrupt::Interrupt;
use crate::report::Document;
use crate::rule::Severity;
use crate::run::{Run, Status};

/// The worst thing that happened decides: interrupt, lost server, a query that could not be
/// run, changes that were asked for and not made, then findings where the caller asked to fail on them.
pub fn of_run(document: &Document, fail_on: Option<Severity>, interrupt: &Interrupt) -> Exit {
    if interrupt.is_set() {
        return Exit::Interrupted;
    }
    let found = |least| document.findings.iter().any(|f| f.severity >= least);
    match of_queries(&document.run) {
        Exit::Fine if !document.advice.shortfalls.is_empty() => of_shortfalls(&document.advice),
        Exit::Fine if fail_on.is_some_and(found) => Exit::Found,
        exit => exit,
    }
}

/// What was asked for and not done is never fine.
fn of_shortfalls(advice: &Advice) -> Exit {
    match advice.shortfalls.iter().any(|shortfall| shortfall.database_failed) {
        true => Exit::Database,
        false => Exit::Inconclusive,
    }
}

/// Some numbers are fine. Where there are none at all, what kept every query from running decides: `--writes` was
/// needed, or nothing ended in time.
fn without_failures(run: &Run) -> Exit {
    let has = |wanted: fn(&Status) -> bool| run.queries.iter().any(|query| wanted(&query.status));
    if has(|status| matches!(status, Status::Measured | Status::Planned)) {
        Exit::Fine
    } else if has(|status| matches!(status, Status::TimedOut { .. })) {
        Exit::Database
    } else if has(|status| matches!(status, Status::Refused { .. })) {
        Exit::Usage
    } else {
        Exit::Fine
    }
}

/// A statement the server does not understand is wrong input; any other failure is the database's.
pub fn of_queries(run: &Run) -> Exit {
    let failed = |query: &crate::run::QueryRun| match &query.status {
        Status::Failed { error } => Some(error.kind),
        _ => None,
    };
    let kinds: Vec<DbErrorKind> = run.queries.iter().filter_map(failed).collect();
    if let Some(lost) = &run.lost {
        exit_of(&lost.clone().into())
    } else if kinds.contains(&DbErrorKind::Syntax) {
        Exit::Usage
    } else if kinds.is_empty() {
        without_failures(run)
    } else {
        Exit::Database
    }
}
