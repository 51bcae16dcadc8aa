//! The dialect: [`Dialect`] for MariaDB.

use sqlparser::ast::{Expr, Statement};
use sqlparser::dialect::MySqlDialect as Grammar;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::condition::without_plan_marks;
use super::constructs::constructs;
use super::facts::Facts;
use super::fingerprint::{hash, normalised};
use super::outermost::Outermost;
use super::predicate::{alternatives, conjuncts};
use super::session;
use super::tokens::Tokens;
use crate::sql::{
    Construct, Dialect, Lexis, Predicate, SessionStatement, Shape, Standing, StatementKind,
    SyntaxError, with_stack_for,
};

#[derive(Debug, Clone, Copy, Default)]
pub struct MysqlDialect;

/// Nested parentheses and sub-selects; the default of 50 is met by honest queries.
const RECURSION_LIMIT: usize = 300;

/// Chains of more operators than this are judged by their tokens: their trees are as deep as they are long.
const MOST_OPERATORS: usize = 20_000;

impl Dialect for MysqlDialect {
    fn lexis(&self) -> Lexis {
        Lexis {
            dollar_quotes: false,
            backslash_escapes: true,
            backtick_identifiers: true,
            double_quoted_strings: true,
            hash_comments: true,
            spaced_dash_comments: true,
            nested_comments: false,
            executable_comments: true,
            delimiter_command: true,
            numbered_parameters: false,
            hash_parameters: false,
        }
    }

    fn shape(&self, sql: &str) -> Result<Shape, SyntaxError> {
        with_stack_for(sql, || shape(sql, self.lexis()))
    }

    fn predicates(&self, condition: &str) -> Vec<Predicate> {
        let Some(condition) = without_plan_marks(condition, self.lexis()) else {
            return Vec::new();
        };
        let parsed = with_stack_for(&condition, || {
            Ok(parse_condition(&condition, self.lexis()).unwrap_or_default())
        });
        parsed.unwrap_or_default()
    }

    fn alternatives(&self, condition: &str) -> Vec<Vec<Vec<Predicate>>> {
        let Some(condition) = without_plan_marks(condition, self.lexis()) else {
            return Vec::new();
        };
        let parsed = with_stack_for(&condition, || {
            Ok(parsed_condition(&condition, self.lexis()).map(|tree| alternatives(&tree)))
        });
        parsed.ok().flatten().unwrap_or_default()
    }

    fn constructs(&self, sql: &str) -> Vec<Construct> {
        with_stack_for(sql, || Ok(written(sql, self.lexis()))).unwrap_or_default()
    }

    fn session_statement(&self, sql: &str) -> Option<SessionStatement> {
        session::statement(sql, self.lexis())
    }

    fn commits_each(&self, sql: &str) -> Option<bool> {
        session::commits_each(sql, self.lexis())
    }

    fn standing(&self, name: &str, _value: Option<&str>) -> Standing {
        session::standing(name)
    }

    fn quote_identifier(&self, name: &str) -> String {
        format!("`{}`", name.replace('\0', "").replace('`', "``"))
    }

    fn quote_literal(&self, value: &str) -> String {
        let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace('\0', "\\0");
        format!("'{escaped}'")
    }
}

fn shape(sql: &str, lexis: Lexis) -> Result<Shape, SyntaxError> {
    let tokens = Tokens::of(sql, lexis)?;
    let parsed = if tokens.operators() > MOST_OPERATORS {
        Err(refused("it has too many operators"))
    } else {
        parse_one(sql)
    };
    match (tokens.kind(), parsed) {
        (Some(kind), Ok(statement)) => Ok(by_tree(kind, &statement, &tokens)),
        (Some(kind), Err(_)) => Ok(by_tokens(kind, &tokens)),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(refused("this is no statement that a client sends")),
    }
}

fn written(sql: &str, lexis: Lexis) -> Vec<Construct> {
    let deep = Tokens::of(sql, lexis).is_ok_and(|tokens| tokens.operators() > MOST_OPERATORS);
    let parsed = if deep { None } else { parse_one(sql).ok() };
    constructs(sql, parsed.as_ref())
}

fn refused(message: &str) -> SyntaxError {
    SyntaxError { message: message.to_owned(), offset: None }
}

fn parse_one(sql: &str) -> Result<Statement, SyntaxError> {
    let statements = Parser::new(&Grammar {})
        .with_recursion_limit(RECURSION_LIMIT)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| refused(&message(&error)))?;
    match <[Statement; 1]>::try_from(statements) {
        Ok([statement]) => Ok(statement),
        Err(others) if others.is_empty() => Err(refused("there is no statement here")),
        Err(others) => {
            Err(refused(&format!("one statement was expected, but there are {}", others.len())))
        }
    }
}

fn message(error: &ParserError) -> String {
    match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
        ParserError::RecursionLimitExceeded => "the statement nests too deeply".to_owned(),
    }
}

fn parse_condition(condition: &str, lexis: Lexis) -> Option<Vec<Predicate>> {
    parsed_condition(condition, lexis).map(|expression| conjuncts(&expression))
}

fn parsed_condition(condition: &str, lexis: Lexis) -> Option<Expr> {
    let tokens = Tokens::of(condition, lexis).ok()?;
    if tokens.operators() > MOST_OPERATORS {
        return None;
    }
    let parser = Parser::new(&Grammar {}).with_recursion_limit(RECURSION_LIMIT);
    let mut parser = parser.try_with_sql(condition).ok()?;
    let expression = parser.parse_expr().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(expression)
}

fn by_tree(kind: StatementKind, statement: &Statement, tokens: &Tokens<'_>) -> Shape {
    let normalised = normalised(statement);
    let facts = Facts::of(statement);
    let outermost = Outermost::of(statement);
    Shape {
        kind,
        fingerprint: hash(&normalised),
        normalised,
        tables: facts.tables,
        leading: Vec::new(),
        parameters: tokens.placeholders(),
        select_star: outermost.select_star,
        offset: outermost.offset,
        limit: outermost.limit,
        order_by: outermost.order_by,
        has_where: outermost.has_where,
        order_by_random: outermost.order_by_random,
        not_in_subquery: facts.not_in_subquery,
        longest_in_list: facts.longest_in_list,
        relations: facts.relations,
        aggregates: outermost.aggregates,
        assigned: Vec::new(),
        predicates: facts.predicates,
    }
}

/// The server may well know the statement: what cannot be told stays untold.
fn by_tokens(kind: StatementKind, tokens: &Tokens<'_>) -> Shape {
    let normalised = tokens.normalised();
    Shape {
        kind,
        fingerprint: hash(&normalised),
        normalised,
        tables: Vec::new(),
        leading: Vec::new(),
        parameters: tokens.placeholders(),
        select_star: false,
        offset: None,
        limit: None,
        order_by: Vec::new(),
        has_where: false,
        order_by_random: false,
        not_in_subquery: false,
        longest_in_list: 0,
        relations: 0,
        aggregates: false,
        assigned: Vec::new(),
        predicates: Vec::new(),
    }
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
