//! Critical flows: statements with what has to come of them.

use std::time::Instant;

use super::report::SmokeResult;
use crate::engine::{DbError, Session};
use crate::interrupt::Interrupt;
use crate::workload::{Query, Workload};

/// A query and what it has to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct SmokeCheck {
    pub query: Query,
    /// As the file says it.
    pub text: String,
    pub expectation: Expectation,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    Rows(Comparison, f64),
    /// The first value of the first row.
    Value(Comparison, String),
    Milliseconds(Comparison, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    More,
}

/// Rows that are read for a check.
const MOST_ROWS: usize = 1_000_000;

/// `-- check: rows > 0` above a statement; `text` is the file that `workload` was read from.
///
/// # Errors
/// A check that cannot be read, or that stands above no statement: its line and why.
pub fn smoke_checks(workload: &Workload, text: &str) -> Result<Vec<SmokeCheck>, String> {
    let mut checks = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(said) =
            line.strip_prefix("--").map(str::trim).and_then(|l| l.strip_prefix("check:"))
        else {
            continue;
        };
        let said = said.trim();
        let place = |why: &str| format!("line {}: -- check: {said}: {why}", number + 1);
        let expectation = expectation(said).ok_or_else(|| {
            place("say rows, value or ms, then <, <=, =, <>, >= or >, then a number or a 'text'")
        })?;
        let below = workload.queries.iter().filter(|query| query.line > number + 1);
        let query = below
            .min_by_key(|query| query.line)
            .ok_or_else(|| place("no statement is below it"))?;
        checks.push(SmokeCheck { query: query.clone(), text: said.to_owned(), expectation });
    }
    match checks.is_empty() {
        true => Err("it holds no `-- check:` line, e.g. -- check: rows > 0".to_owned()),
        false => Ok(checks),
    }
}

fn expectation(said: &str) -> Option<Expectation> {
    let (what, rest) = said.split_once(char::is_whitespace)?;
    let (sign, value) = rest.trim().split_once(char::is_whitespace)?;
    let comparison = match sign {
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        "=" | "==" => Comparison::Equal,
        "<>" | "!=" => Comparison::NotEqual,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::More,
        _ => return None,
    };
    let value = value.trim();
    let number = || value.parse::<f64>().ok();
    Some(match what {
        "rows" => Expectation::Rows(comparison, number()?),
        "ms" => Expectation::Milliseconds(comparison, number()?),
        "value" => Expectation::Value(comparison, value.trim_matches('\'').to_owned()),
        _ => return None,
    })
}

impl Comparison {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::More => order.is_gt(),
        }
    }
}

/// Runs every check. An error means that the session is lost; a statement that fails is a check that fails.
pub async fn run_smoke(
    session: &mut dyn Session,
    checks: &[SmokeCheck],
    interrupt: &Interrupt,
) -> Result<Vec<SmokeResult>, DbError> {
    let mut results = Vec::new();
    for check in checks {
        if interrupt.is_set() {
            break;
        }
        let none = Vec::new();
        let params = check.query.params.first().unwrap_or(&none);
        session.under(&check.query.settings);
        let started = Instant::now();
        let answer = session.answer(&check.query.sql, params, MOST_ROWS).await;
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        let (passed, found) = match answer {
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => (false, error.message),
            Ok(answer) => {
                let first = answer.rows.first().and_then(|row| row.first()).cloned().flatten();
                judged(&check.expectation, answer.rows.len(), first, ms)
            }
        };
        let (id, check) = (check.query.id.clone(), check.text.clone());
        results.push(SmokeResult { id, check, passed, found });
    }
    Ok(results)
}

fn judged(
    expectation: &Expectation,
    rows: usize,
    first: Option<String>,
    ms: f64,
) -> (bool, String) {
    match expectation {
        Expectation::Rows(comparison, wanted) => {
            let held = comparison.holds((rows as f64).total_cmp(wanted));
            (held, format!("{rows} rows"))
        }
        Expectation::Milliseconds(comparison, wanted) => {
            (comparison.holds(ms.total_cmp(wanted)), format!("{ms:.1} ms"))
        }
        Expectation::Value(comparison, wanted) => match first {
            None => (false, "no value, or NULL".to_owned()),
            Some(value) => {
                let order = match (value.parse::<f64>(), wanted.parse::<f64>()) {
                    (Ok(value), Ok(wanted)) => value.total_cmp(&wanted),
                    _ => value.as_str().cmp(wanted),
                };
                (comparison.holds(order), value)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_read_or_refused() {
        assert_eq!(expectation("rows > 0"), Some(Expectation::Rows(Comparison::More, 0.0)));
        assert_eq!(
            expectation("value = 'a b'"),
            Some(Expectation::Value(Comparison::Equal, "a b".to_owned()))
        );
        for wrong in ["rows", "rows > many", "cells > 1", "rows ~ 1", ""] {
            assert_eq!(expectation(wrong), None, "{wrong}");
        }
        assert!(
            judged(
                &Expectation::Value(Comparison::AtLeast, "10".to_owned()),
                1,
                Some("9".to_owned()),
                1.0
            )
            .1 == "9"
        );
        assert!(
            !judged(
                &Expectation::Value(Comparison::AtLeast, "10".to_owned()),
                1,
                Some("9".to_owned()),
                1.0
            )
            .0
        );
    }
}
