//! What a statement counts on, silently: comparisons that ignore case, types that are turned into others, numbers for
//! truth values. Told by the types of the columns that it names.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, OrderByKind, Query, Select, Statement, UnaryOperator, Value, Visit,
    Visitor,
};

use super::grouping;
use super::scope::Scope;
use crate::engine::migration::{ColumnShape, DatabaseShape, Point, Severity, ValueKind};

/// A habit: its name, how bad it is, where it is seen, and what to do.
pub type Habit = (&'static str, Severity, String, String);

/// Points about one statement, without those that its translation speaks of.
pub fn review(object: &str, statement: &Statement, shape: &DatabaseShape) -> Vec<Point> {
    let scope = Scope::of(statement, shape);
    let mut habits = Habits { scope, found: Vec::new() };
    let _ = statement.visit(&mut habits);
    // Whatever the parser takes BINARY to belong to: who writes it knows of cases.
    if statement.to_string().to_uppercase().contains("BINARY") {
        habits.found.retain(|(id, ..)| *id != "case-insensitive-query");
    }
    let points = habits.found.into_iter().map(|(id, severity, why, action)| {
        Point::new(id, severity, object.to_owned(), why, action)
    });
    points.collect()
}

/// Every key of every ORDER BY is a column that holds no NULL, so that its place matters nowhere.
pub fn sorts_no_null(statement: &Statement, shape: &DatabaseShape) -> bool {
    let mut keys = SortKeys { scope: Scope::of(statement, shape), solid: true };
    let _ = statement.visit(&mut keys);
    keys.solid
}

struct SortKeys<'s> {
    scope: Scope<'s>,
    solid: bool,
}

impl Visitor for SortKeys<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|o| &o.kind) {
            let solid =
                |expr: &Expr| self.scope.column(expr).is_some_and(|(_, column)| !column.nullable);
            self.solid &= keys.iter().all(|key| solid(&key.expr));
        }
        ControlFlow::Continue(())
    }
}

struct Habits<'s> {
    scope: Scope<'s>,
    found: Vec<Habit>,
}

impl Visitor for Habits<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.compared(left, right);
                self.compared(right, left);
            }
            Expr::Like { expr, pattern, .. } => self.compared(expr, pattern),
            Expr::InList { expr, list, .. } => {
                list.iter().for_each(|value| self.compared(expr, value));
            }
            Expr::Between { expr, low, high, .. } => {
                self.compared(expr, low);
                self.compared(expr, high);
            }
            Expr::BinaryOp { op: BinaryOperator::StringConcat, .. } => self.add(
                "pipes-as-or",
                Severity::NeedsWork,
                "|| is OR here, unless sql_mode says PIPES_AS_CONCAT, and joins texts there"
                    .to_owned(),
                "write OR, or concat(…)",
            ),
            Expr::Function(function) => {
                if let Some(habit) = grouping::summed_condition(function) {
                    self.found.push(habit);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let conditions = select.selection.iter().chain(&select.having);
        conditions.for_each(|condition| self.condition(condition));
        self.found.extend(grouping::review(select, &self.scope));
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.found.extend(grouping::sorted_distinct(query));
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let condition = match statement {
            Statement::Update(update) => update.selection.as_ref(),
            Statement::Delete(delete) => delete.selection.as_ref(),
            _ => None,
        };
        condition.iter().for_each(|condition| self.condition(condition));
        ControlFlow::Continue(())
    }
}

impl Habits<'_> {
    fn add(&mut self, id: &'static str, severity: Severity, why: String, action: &str) {
        if !self.found.iter().any(|(known, _, said, _)| *known == id && *said == why) {
            self.found.push((id, severity, why, action.to_owned()));
        }
    }

    /// `left`, where it is a column, with what it is held against.
    fn compared(&mut self, left: &Expr, right: &Expr) {
        let Some((_, column)) = self.scope.column(left) else { return };
        let other = self.scope.column(right).map(|(_, other)| other);
        if let Some(other) = other {
            if family(column) != family(other) && is_text(column) {
                self.add(
                    "implicit-cast",
                    Severity::NeedsWork,
                    format!(
                        "{} ({}) is compared with {} ({}): there is no operator for the two there",
                        column.name, column.declared, other.name, other.declared
                    ),
                    "cast one of them to the type of the other",
                );
            } else if is_text(column) && column.folds_case {
                self.folded(column);
            }
            return;
        }
        match literal(right) {
            Some(Value::Number(..)) if is_text(column) => self.add("implicit-cast", Severity::NeedsWork, format!("{} ({}) is compared with a number, for which every value is turned into one here; there is no such operator there", column.name, column.declared), "write the number as a text, if the column holds it as such"),
            Some(Value::Number(..)) if is_truth(column) => self.add("number-as-truth", Severity::NeedsWork, format!("{} ({}) becomes boolean with most loaders, and boolean = 1 is no comparison there", column.name, column.declared), "write IS TRUE or IS FALSE, or load the column as smallint"),
            Some(Value::SingleQuotedString(text) | Value::DoubleQuotedString(text)) => self.against_text(column, text),
            _ => {}
        }
    }

    fn against_text(&mut self, column: &ColumnShape, text: &str) {
        if text.starts_with("0000-00-00") || (is_moment(column) && text.contains("-00")) {
            return self.add(
                "zero-date",
                Severity::Blocks,
                format!("'{text}' is no date there: the statement fails"),
                "compare with NULL, which zero dates become",
            );
        }
        let number = matches!(family(column), Family::Number);
        if number && text.trim().parse::<f64>().is_err() && !is_truth(column) {
            return self.add(
                "implicit-cast",
                Severity::NeedsWork,
                format!(
                    "{} ({}) is compared with '{}', which is 0 here and an error there",
                    column.name, column.declared, text
                ),
                "compare with a number",
            );
        }
        if is_text(column) && column.folds_case && text.chars().any(char::is_alphabetic) {
            self.folded(column);
        }
    }

    fn folded(&mut self, column: &ColumnShape) {
        let collation = column.collation.clone().unwrap_or_default();
        self.add("case-insensitive-query", Severity::NeedsWork, format!("{} is compared under {collation}, which takes 'a' for 'A': there it finds fewer rows, without a word", column.name), "citext or a non-deterministic collation for the column, or lower(…) on both sides with an index on it");
    }

    /// Numbers where a truth value has to stand.
    fn condition(&mut self, expr: &Expr) {
        match expr {
            Expr::Nested(inner)
            | Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr: inner } => {
                self.condition(inner);
            }
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::And
                    | BinaryOperator::Or
                    | BinaryOperator::Xor
                    | BinaryOperator::PGOverlap,
                right,
            } => {
                self.condition(left);
                self.condition(right);
            }
            Expr::Value(value) if matches!(value.value, Value::Number(..)) => {
                self.number("a number")
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let column = self.scope.column(expr).map(|(_, column)| column);
                if let Some(column) = column.filter(|column| {
                    !is_truth(column) && !matches!(column.kind, ValueKind::Boolean)
                }) {
                    self.number(&format!("{} ({})", column.name, column.declared));
                }
            }
            Expr::Function(function) if gives_number(&function.name.to_string()) => {
                self.number(&format!("{}(…)", function.name));
            }
            _ => {}
        }
    }

    fn number(&mut self, what: &str) {
        self.add(
            "number-as-condition",
            Severity::NeedsWork,
            format!("{what} stands where a condition has to stand: true here unless it is 0, an error there"),
            "write <> 0 behind it",
        );
    }
}

fn gives_number(function: &str) -> bool {
    matches!(
        function.to_uppercase().as_str(),
        "FIND_IN_SET"
            | "LOCATE"
            | "INSTR"
            | "LENGTH"
            | "CHAR_LENGTH"
            | "MOD"
            | "STRCMP"
            | "BIT_COUNT"
            | "FIELD"
            | "POSITION"
            | "CEIL"
            | "FLOOR"
            | "ABS"
    )
}

#[derive(PartialEq)]
enum Family {
    Text,
    Number,
    Moment,
    Other,
}

fn family(column: &ColumnShape) -> Family {
    match column.kind {
        ValueKind::Text { .. } | ValueKind::Label | ValueKind::LabelSet => Family::Text,
        ValueKind::Integer { .. }
        | ValueKind::Decimal { .. }
        | ValueKind::Single
        | ValueKind::Double
        | ValueKind::Year => Family::Number,
        ValueKind::Date | ValueKind::DateTime { .. } => Family::Moment,
        _ => Family::Other,
    }
}

fn is_text(column: &ColumnShape) -> bool {
    matches!(family(column), Family::Text)
}

fn is_moment(column: &ColumnShape) -> bool {
    matches!(family(column), Family::Moment)
}

/// As truth values are declared.
fn is_truth(column: &ColumnShape) -> bool {
    column.declared.starts_with("tinyint(1)") || column.declared == "bit(1)"
}

fn literal(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Nested(inner) => literal(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => literal(expr),
        Expr::Value(value) => Some(&value.value),
        _ => None,
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}
