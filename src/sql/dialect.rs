//! The seam between neutral SQL handling and an engine's own grammar.

use thiserror::Error;

use super::{Construct, Lexis, Predicate, SessionStatement, Shape, Standing};

/// A statement the engine's own parser refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyntaxError {
    pub message: String,
    /// Byte offset in the statement, where the parser tells it.
    pub offset: Option<usize>,
}

/// What an engine's grammar can tell about a statement. Pure: no connection is needed.
pub trait Dialect: Send + Sync {
    fn lexis(&self) -> Lexis;

    /// Kind, fingerprint, tables and the textual facts that rules look at.
    fn shape(&self, sql: &str) -> Result<Shape, SyntaxError>;

    /// The predicates of a condition as a plan prints it, e.g. `((a.x = 1) AND (b.y > 2))`.
    /// Only conjuncts at the top level are returned one by one; an OR is one predicate
    /// of kind [`super::PredicateKind::Other`]. Text that cannot be parsed gives an empty list.
    fn predicates(&self, condition: &str) -> Vec<Predicate>;

    /// The ORs at the top level of a condition, each as its arms, each arm as its conjuncts.
    fn alternatives(&self, condition: &str) -> Vec<Vec<Vec<Predicate>>> {
        let _ = condition;
        Vec::new()
    }

    /// `sql` with `table` first in each FROM that it stands in, for planners that treat the first one specially: the same
    /// rows at the same cost. `None` where nothing could be moved, or something else would change.
    fn led_by(&self, sql: &str, table: &str) -> Option<String> {
        let _ = (sql, table);
        None
    }

    /// Whether `expression` calculates with a literal (`abs(42.5 - x)`, `similarity(name, 'ann')`): such a value is
    /// what somebody asked for, not a name of the application's (`data ->> 'status'`), and no part of a key.
    fn calculates_with_literal(&self, expression: &str) -> bool {
        let _ = expression;
        false
    }

    /// The cast around the column of `predicate` is, as far as the text tells, one that planners put there and
    /// that costs nothing. For those who do not know the column's type.
    fn cast_looks_free(&self, predicate: &Predicate) -> bool {
        let _ = predicate;
        false
    }

    /// The condition that stands inside `condition` and is the same for choosing rows, where no index sees it:
    /// of `(a = 1) IS TRUE` it is `a = 1`. `None` where there is none.
    fn unwrapped(&self, condition: &str) -> Option<String> {
        let _ = condition;
        None
    }

    /// `expression` is itself a comparison, a test or a combination of such.
    fn is_condition(&self, expression: &str) -> bool {
        let _ = expression;
        false
    }

    /// What is written in `sql` that rules look at, in the order of the text. Empty where it cannot be parsed, or where the
    /// engine's grammar is not asked for such things.
    fn constructs(&self, sql: &str) -> Vec<Construct> {
        let _ = sql;
        Vec::new()
    }

    /// What `sql` does to its session, where that is all it does.
    fn session_statement(&self, sql: &str) -> Option<SessionStatement> {
        let _ = sql;
        None
    }

    /// What `sql` decides of the statements below it in its session: false where each of their transactions begins by
    /// itself and stays open until it is ended, true where each of them commits by itself.
    fn commits_each(&self, sql: &str) -> Option<bool> {
        let _ = sql;
        None
    }

    /// Whether a workload may set `name` to `value` for the statements below.
    fn standing(&self, name: &str, value: Option<&str>) -> Standing {
        let _ = (name, value);
        Standing::Refused("what it does is not known")
    }

    /// `sql` written so that a server takes it: a text that the server's own statistics view has normalised is none that it
    /// would take (`interval $1`). `None` where there is nothing of the kind, or it does not help.
    fn restored(&self, sql: &str) -> Option<String> {
        let _ = sql;
        None
    }

    /// The schema that an unqualified name is found in, where `settings` say which are searched; `exists` tells which
    /// schemas have it.
    fn schema_on_path(
        &self,
        settings: &[(String, String)],
        exists: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let _ = (settings, exists);
        None
    }

    /// A name quoted whenever it needs to be, safe against hostile names.
    fn quote_identifier(&self, name: &str) -> String;

    /// A string literal, safe against hostile values.
    fn quote_literal(&self, value: &str) -> String;
}
