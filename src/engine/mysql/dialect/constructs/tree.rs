//! What is asked of expressions.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
    UnaryOperator, Value, Visit, Visitor,
};

use crate::engine::mysql::dialect::predicate;
use crate::sql::ColumnRef;

/// Without brackets around it.
pub fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// A column that stands alone.
pub fn column(expression: &Expr) -> Option<ColumnRef> {
    predicate::column(expression)
}

/// Names of columns do not depend on case.
pub fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

pub fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    parts(condition, &BinaryOperator::And)
}

/// The arms of an OR; the condition itself where it is none.
pub fn arms(condition: &Expr) -> Vec<&Expr> {
    parts(condition, &BinaryOperator::Or)
}

fn parts<'e>(condition: &'e Expr, wanted: &BinaryOperator) -> Vec<&'e Expr> {
    let (mut found, mut pending) = (Vec::new(), vec![condition]);
    while let Some(expression) = pending.pop() {
        match bare(expression) {
            Expr::BinaryOp { left, op, right } if op == wanted => {
                pending.push(right);
                pending.push(left);
            }
            other => found.push(other),
        }
    }
    found
}

pub fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

pub fn literal(expression: &Expr) -> Option<&Value> {
    match bare(expression) {
        Expr::Value(value) => Some(&value.value),
        Expr::TypedString(typed) => Some(&typed.value.value),
        _ => None,
    }
}

pub fn is_null(expression: &Expr) -> bool {
    matches!(literal(expression), Some(Value::Null))
}

pub fn is_parameter(expression: &Expr) -> bool {
    matches!(literal(expression), Some(Value::Placeholder(_)))
}

pub fn literal_text(expression: &Expr) -> Option<&str> {
    match literal(expression)? {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Some(text),
        _ => None,
    }
}

pub fn integer(expression: &Expr) -> Option<i64> {
    match bare(expression) {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => integer(expr).map(|n| -n),
        other => match literal(other)? {
            Value::Number(digits, _) => digits.to_string().parse().ok(),
            _ => None,
        },
    }
}

/// A constant of any kind but NULL, as text.
pub fn constant(expression: &Expr) -> Option<String> {
    match literal(expression)? {
        Value::Null | Value::Placeholder(_) => None,
        value => Some(value.to_string()),
    }
}

/// No column and no query in it: the same for all rows.
pub fn is_fixed(expression: &Expr) -> bool {
    struct Queries;
    impl Visitor for Queries {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    predicate::columns(expression).is_empty() && expression.visit(&mut Queries).is_continue()
}

/// The function's name in lower case, without what schema it is of.
pub fn name_of(function: &Function) -> String {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.map(|name| name.value.to_lowercase()).unwrap_or_default()
}

pub fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let plain = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    });
    plain.collect()
}

/// Every expression in `expression`, itself included, but for those in queries inside it.
pub fn inside(expression: &Expr, see: &mut dyn FnMut(&Expr)) {
    struct Inside<'a> {
        queries: usize,
        see: &'a mut dyn FnMut(&Expr),
    }
    impl Visitor for Inside<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.queries += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.queries -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if self.queries == 0 {
                (self.see)(expression);
            }
            ControlFlow::Continue(())
        }
    }
    let _ = expression.visit(&mut Inside { queries: 0, see });
}

pub const AGGREGATES: [&str; 12] = [
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "count",
    "group_concat",
    "json_arrayagg",
    "json_objectagg",
    "max",
    "min",
    "std",
    "sum",
];

/// An aggregate stands in it, that is no window function.
pub fn aggregates(expression: &Expr) -> bool {
    let mut found = false;
    inside(expression, &mut |part| {
        if let Expr::Function(call) = part {
            let name = name_of(call);
            let known = AGGREGATES.contains(&name.as_str())
                || name.starts_with("std")
                || name.starts_with("var")
                || name == "any_value"
                || name == "grouping";
            found |= call.over.is_none() && known;
        }
    });
    found
}
