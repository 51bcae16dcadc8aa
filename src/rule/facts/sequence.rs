//! Facts about two neighbouring steps of a session: what one query makes the next one do.

use crate::sql::{Operand, PredicateKind};

use super::fact::Fact;
use super::site::SequenceSite;

type S<'a> = SequenceSite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("session", "name of the session", |s: &S| Some(s.session.name.clone())),
        Fact::text("first", "query of the first step", |s: &S| Some(s.first.query.clone())),
        Fact::text("second", "query of the second step", |s: &S| Some(s.second.query.clone())),
        Fact::number("times", "count", "executions of the second step in a row", |s: &S| {
            Some(f64::from(s.second.times))
        }),
        Fact::number("first_rows", "rows", "rows the first step returned", |s: &S| {
            Some(s.first.rows)
        }),
        Fact::number(
            "match",
            "ratio",
            "smaller / larger of those two: 1 is one execution a row",
            |s: &S| {
                let (times, rows) = (f64::from(s.second.times), s.first.rows);
                Some(times.min(rows) / times.max(rows).max(1.0))
            },
        ),
        Fact::flag(
            "second_by_key",
            "the second query compares a column with a parameter for equality",
            |s: &S| s.by_key(),
        ),
        Fact::text("second_table", "table the second query reads first", |s: &S| {
            let shape = s.run.query(&s.second.query)?.shape.as_ref()?;
            Some(shape.tables.first().map(|table| table.name.clone()).unwrap_or_default())
        }),
        Fact::number("second_ms", "ms", "all executions of the second step", |s: &S| {
            Some(s.second.total_ms)
        }),
        Fact::number("session_share", "ratio", "that time / time of the session", |s: &S| {
            let all: f64 = s.session.steps.iter().map(|step| step.total_ms).sum();
            (all > 0.0).then(|| s.second.total_ms / all)
        }),
    ]
}

impl SequenceSite<'_> {
    fn by_key(&self) -> Option<bool> {
        let shape = self.run.query(&self.second.query)?.shape.as_ref()?;
        Some(
            shape
                .predicates
                .iter()
                .any(|p| p.kind == PredicateKind::Equality && is_parameter(&p.operand)),
        )
    }
}

/// Where parameters carry no number, which one it is may be unknown.
fn is_parameter(operand: &Operand) -> bool {
    match operand {
        Operand::Parameter(_) => true,
        Operand::Expression(text) => text == "?",
        _ => false,
    }
}
