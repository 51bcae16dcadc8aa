//! Executions of what a PREPARE above has named.

use crate::engine::Params;
use crate::sql::{Argument, Dialect, LexemeKind, Scanner};

/// How an EXECUTE gives its values.
#[derive(Debug, PartialEq)]
pub enum Given {
    Values(Params),
    /// Some have to be calculated: they are written into the statement.
    Written(String),
}

/// `variable` is what a variable of the session holds.
pub fn given(
    sql: &str,
    arguments: &[Argument],
    dialect: &dyn Dialect,
    variable: impl Fn(&str) -> Option<String>,
) -> Given {
    let value = |argument: &Argument| match argument {
        Argument::Value(value) => Some(value.clone()),
        Argument::Expression(text) => variable(text).map(Some),
    };
    match arguments.iter().map(value).collect::<Option<Params>>() {
        Some(values) => Given::Values(values),
        None => Given::Written(written(sql, arguments, dialect)),
    }
}

fn written(sql: &str, arguments: &[Argument], dialect: &dyn Dialect) -> String {
    let text = |argument: &Argument| match argument {
        Argument::Value(None) => "NULL".to_owned(),
        Argument::Value(Some(value)) => dialect.quote_literal(value),
        Argument::Expression(expression) => format!("({expression})"),
    };
    let mut next = 0;
    let lexemes = Scanner::new(sql, dialect.lexis()).map_while(Result::ok);
    let pieces = lexemes.map(|lexeme| {
        let spelt = lexeme.text(sql);
        if lexeme.kind != LexemeKind::Placeholder {
            return spelt.to_owned();
        }
        next += 1;
        let number = spelt.get(1..).and_then(|digits| digits.parse::<usize>().ok()).unwrap_or(next);
        arguments.get(number.wrapping_sub(1)).map_or_else(|| spelt.to_owned(), text)
    });
    pieces.collect()
}
