//! One side of a comparison: the columns it depends on.

use pg_query::{Node, NodeEnum};
use serde_json::Value;

use super::operand::{PLAN_REFERENCES, column, text};
use super::quote;
use crate::sql::{ColumnRef, LexemeKind, Scanner};

#[derive(Debug)]
pub struct Side {
    /// Distinct columns, in order of appearance.
    pub columns: Vec<ColumnRef>,
    /// Nothing but a column, or a cast of one.
    pub bare: bool,
}

impl Side {
    pub fn of(node: &Node) -> Side {
        let bare = match &node.node {
            Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().and_then(column).is_some(),
            _ => column(node).is_some(),
        };
        Side { columns: columns(node), bare }
    }

    pub fn only_column(&self) -> Option<ColumnRef> {
        match self.columns.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }
}

/// Every column the expression mentions, whatever kind of node holds it.
fn columns(node: &Node) -> Vec<ColumnRef> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(node) {
        collect(&value, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut Vec<ColumnRef>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(object) => {
            for (key, child) in object {
                match key.as_str() {
                    "ColumnRef" => add(child, found),
                    _ => collect(child, found),
                }
            }
        }
        _ => {}
    }
}

fn add(reference: &Value, found: &mut Vec<ColumnRef>) {
    let fields = reference["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = fields.iter().map(|f| f.pointer("/node/String/sval").and_then(Value::as_str));
    let Some(mut names) = names.collect::<Option<Vec<_>>>() else { return };
    let Some(name) = names.pop() else { return };
    let column = ColumnRef { qualifier: names.pop().map(str::to_owned), name: name.to_owned() };
    let is_plan_part = PLAN_REFERENCES.iter().any(|part| column.name.starts_with(part));
    if !is_plan_part && !found.contains(&column) {
        found.push(column);
    }
}

/// The expression ready to be the key of an index: without the table's name, in parentheses
/// unless it is a function call.
pub fn expression_of(node: &Node, side: &Side) -> String {
    let qualifiers: Vec<&str> =
        side.columns.iter().filter_map(|column| column.qualifier.as_deref()).collect();
    let bare = without_qualifiers(&text(node), &qualifiers);
    match &node.node {
        Some(NodeEnum::FuncCall(_)) => bare,
        _ => format!("({bare})"),
    }
}

fn without_qualifiers(expression: &str, qualifiers: &[&str]) -> String {
    let lexis = crate::sql::Dialect::lexis(&super::PostgresDialect);
    let lexemes: Vec<_> = Scanner::new(expression, lexis).filter_map(Result::ok).collect();
    let mut written = String::with_capacity(expression.len());
    let mut at = 0;
    while let Some(lexeme) = lexemes.get(at) {
        let is_name = matches!(lexeme.kind, LexemeKind::Word | LexemeKind::QuotedIdentifier);
        let dot = lexemes.get(at + 1).is_some_and(|next| next.text(expression) == ".");
        let spelt = lexeme.text(expression);
        let matches = qualifiers.iter().any(|q| spelt == *q || spelt == quote::identifier(q));
        if is_name && dot && matches {
            at += 2;
        } else {
            written.push_str(spelt);
            at += 1;
        }
    }
    written
}
