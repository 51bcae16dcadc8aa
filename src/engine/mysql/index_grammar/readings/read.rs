//! From a text to its readings.

use sqlparser::dialect::MySqlDialect as Grammar;
use sqlparser::parser::Parser;

use super::statement;
use crate::engine::{Catalog, Reading};
use crate::sql::with_stack_for;

/// Every use of a base table. `None` where the statement cannot be taken apart.
pub fn of(sql: &str, catalog: &Catalog) -> Option<Vec<Reading>> {
    let parse = || {
        let parser = Parser::new(&Grammar {}).with_recursion_limit(300);
        let parsed = parser.try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
        Ok(parsed.ok())
    };
    let statements = with_stack_for(sql, parse).ok().flatten()?;
    match statements.as_slice() {
        [statement] => Some(statement::readings(statement, catalog)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
