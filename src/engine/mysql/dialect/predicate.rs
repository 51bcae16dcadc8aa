//! Conditions taken apart: which column is restricted, and how.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator,
    Value, Visit, Visitor,
};

use super::condition::SUBQUERY;
use crate::sql::{ColumnRef, Operand, Predicate, PredicateKind};

/// The conjuncts of a condition, one predicate each.
pub fn conjuncts(condition: &Expr) -> Vec<Predicate> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        Expr::Nested(inner) => conjuncts(inner),
        _ => vec![predicate(condition)],
    }
}

/// The ORs among the conjuncts of a condition, each as its arms.
pub fn alternatives(condition: &Expr) -> Vec<Vec<Vec<Predicate>>> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = alternatives(left);
            all.extend(alternatives(right));
            all
        }
        Expr::Nested(inner) => alternatives(inner),
        Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
            let mut arms = Vec::new();
            add_arms(condition, &mut arms);
            vec![arms]
        }
        _ => Vec::new(),
    }
}

fn add_arms(condition: &Expr, arms: &mut Vec<Vec<Predicate>>) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            add_arms(left, arms);
            add_arms(right, arms);
        }
        Expr::Nested(inner) if matches!(**inner, Expr::BinaryOp { op: BinaryOperator::Or, .. }) => {
            add_arms(inner, arms);
        }
        arm => arms.push(conjuncts(arm)),
    }
}

fn predicate(condition: &Expr) -> Predicate {
    let mut predicate = taken_apart(condition)
        .unwrap_or_else(|| Predicate { column: only_column(condition), ..Predicate::other("") });
    predicate.text = written(condition);
    predicate
}

fn taken_apart(condition: &Expr) -> Option<Predicate> {
    use PredicateKind::*;
    match condition {
        Expr::BinaryOp { left, op, right } => binary(left, op, right),
        Expr::IsNull(of) => Some(restricted(NullTest, "IS NULL", of, Operand::None)),
        Expr::IsNotNull(of) => Some(restricted(NullTest, "IS NOT NULL", of, Operand::None)),
        Expr::IsTrue(of) => Some(restricted(Boolean, "IS TRUE", of, Operand::None)),
        Expr::IsFalse(of) => Some(restricted(Boolean, "IS FALSE", of, Operand::None)),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            column(condition).map(|_| restricted(Boolean, "", condition, Operand::None))
        }
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
            column(expr).map(|_| restricted(Boolean, "NOT", expr, Operand::None))
        }
        Expr::InList { expr, list, negated: false } => against(Equality, "IN", expr, list_of(list)),
        Expr::InList { expr, list, negated: true } => {
            against(Inequality, "NOT IN", expr, list_of(list))
        }
        Expr::Between { expr, negated, low, high } => {
            let limits = list_of(&[(**low).clone(), (**high).clone()]);
            let (kind, op) =
                if *negated { (Inequality, "NOT BETWEEN") } else { (Range, "BETWEEN") };
            against(kind, op, expr, limits)
        }
        Expr::Like { negated, expr, pattern, .. } => {
            let (kind, op) = if *negated { (Inequality, "NOT LIKE") } else { (Pattern, "LIKE") };
            against(kind, op, expr, operand(pattern))
        }
        Expr::RLike { negated: false, expr, pattern, .. } => {
            against(Pattern, "REGEXP", expr, operand(pattern))
        }
        Expr::MatchAgainst { columns, match_value, .. } => {
            let names: Vec<ColumnRef> = columns.iter().filter_map(column_of_object).collect();
            let mut predicate = Predicate::other("");
            predicate.kind = TextSearch;
            predicate.op = "MATCH".to_owned();
            predicate.operand = value(&match_value.value);
            predicate.column = (names.len() == 1).then(|| names.into_iter().next()).flatten();
            Some(predicate)
        }
        Expr::MemberOf(member) => {
            against(Containment, "MEMBER OF", &member.array, operand(&member.value))
        }
        Expr::Function(function) => contained(function),
        _ => None,
    }
}

/// `JSON_CONTAINS(document, wanted)`, and `JSON_OVERLAPS` with whichever of the two first.
fn contained(function: &sqlparser::ast::Function) -> Option<Predicate> {
    let op = function.name.to_string().to_ascii_uppercase();
    let (document, wanted) = match (op.as_str(), arguments(function)?.as_slice()) {
        ("JSON_OVERLAPS", [wanted, document]) if columns(wanted).is_empty() => (*document, *wanted),
        ("JSON_CONTAINS" | "JSON_OVERLAPS", [document, wanted]) => (*document, *wanted),
        _ => return None,
    };
    let free = columns(wanted).is_empty();
    free.then(|| against(PredicateKind::Containment, &op, document, operand(wanted))).flatten()
}

fn arguments(function: &sqlparser::ast::Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    plain.collect()
}

fn column_of_object(name: &sqlparser::ast::ObjectName) -> Option<ColumnRef> {
    let parts: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    named(&parts)
}

/// A restriction of `expression`, when it depends on a column at all.
fn against(
    kind: PredicateKind,
    op: &str,
    expression: &Expr,
    operand: Operand,
) -> Option<Predicate> {
    (!columns(expression).is_empty()).then(|| restricted(kind, op, expression, operand))
}

fn binary(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Predicate> {
    let kind = kind_of(op)?;
    let spelt = op.to_string();
    let (left_free, right_free) = (columns(left).is_empty(), columns(right).is_empty());
    let turn =
        (left_free && !right_free) || (left_free == right_free && !is_bare(left) && is_bare(right));
    match (left_free && right_free, turn) {
        (true, _) => None,
        (false, true) => Some(restricted(kind, commuted(&spelt), right, operand(left))),
        (false, false) => Some(restricted(kind, &spelt, left, operand(right))),
    }
}

fn kind_of(op: &BinaryOperator) -> Option<PredicateKind> {
    Some(match op {
        BinaryOperator::Eq | BinaryOperator::Spaceship => PredicateKind::Equality,
        BinaryOperator::NotEq => PredicateKind::Inequality,
        BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
            PredicateKind::Range
        }
        BinaryOperator::MyIntegerDivide => return None,
        _ => return None,
    })
}

fn commuted(op: &str) -> &str {
    match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

fn restricted(kind: PredicateKind, op: &str, expression: &Expr, operand: Operand) -> Predicate {
    let expression = peeled(expression);
    Predicate {
        kind,
        column: only_column(expression),
        op: op.to_owned(),
        operand,
        cast: cast(expression),
        expression: (column(expression).is_none()).then(|| key_expression(expression)),
        text: String::new(),
    }
}

fn peeled(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => peeled(inner),
        other => other,
    }
}

/// The type a bare column is cast to.
fn cast(expression: &Expr) -> Option<String> {
    let (inner, to) = match expression {
        Expr::Cast { expr, data_type, .. } => (expr, data_type.to_string()),
        Expr::Convert { expr, data_type: Some(data_type), .. } => (expr, data_type.to_string()),
        _ => return None,
    };
    column(inner).map(|_| to.to_lowercase())
}

/// The expression without the tables' names.
fn key_expression(expression: &Expr) -> String {
    let mut bare = expression.clone();
    let _ = sqlparser::ast::visit_expressions_mut(&mut bare, |part| {
        if let Expr::CompoundIdentifier(names) = part
            && let Some(last) = names.pop()
        {
            *part = Expr::Identifier(last);
        }
        ControlFlow::<()>::Continue(())
    });
    written(&bare)
}

fn written(expression: &Expr) -> String {
    expression.to_string().replace(&format!("`{SUBQUERY}"), SUBQUERY)
}

pub fn operand(expression: &Expr) -> Operand {
    match peeled(expression) {
        Expr::Value(constant) => value(&constant.value),
        Expr::TypedString(typed) => value(&typed.value.value),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match operand(expr) {
            Operand::Constant(number) => Operand::Constant(format!("-{number}")),
            _ => Operand::Expression(written(expression)),
        },
        other => match column(other) {
            Some(column) => Operand::Column(column),
            None => Operand::Expression(written(other)),
        },
    }
}

fn value(value: &Value) -> Operand {
    match value {
        Value::Placeholder(_) => Operand::Parameter(0),
        Value::Null => Operand::Expression("NULL".to_owned()),
        Value::Boolean(truth) => Operand::Constant(truth.to_string()),
        other => match other.clone().into_string() {
            Some(text) => Operand::Constant(text),
            None => Operand::Constant(other.to_string()),
        },
    }
}

fn list_of(items: &[Expr]) -> Operand {
    let constants = items.iter().map(|item| match operand(item) {
        Operand::Constant(text) => Some(text),
        _ => None,
    });
    match constants.collect::<Option<Vec<_>>>() {
        Some(constants) => Operand::List(constants),
        None => {
            let written: Vec<String> = items.iter().map(written).collect();
            Operand::Expression(written.join(", "))
        }
    }
}

/// A plain column; not a reference to a subquery of the plan.
pub fn column(expression: &Expr) -> Option<ColumnRef> {
    match expression {
        Expr::Identifier(name) => named(std::slice::from_ref(name)),
        Expr::CompoundIdentifier(names) => named(names),
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}

fn is_bare(expression: &Expr) -> bool {
    column(expression).is_some()
}

fn named(names: &[Ident]) -> Option<ColumnRef> {
    let (name, rest) = names.split_last()?;
    let is_variable = name.value.starts_with('@') || name.value.starts_with(SUBQUERY);
    (!is_variable).then(|| ColumnRef {
        qualifier: rest.last().map(|name| name.value.clone()),
        name: name.value.clone(),
    })
}

fn only_column(expression: &Expr) -> Option<ColumnRef> {
    let mut columns = columns(expression);
    (columns.len() == 1).then(|| columns.remove(0))
}

/// Distinct columns of an expression, in order of appearance.
pub fn columns(expression: &Expr) -> Vec<ColumnRef> {
    #[derive(Default)]
    struct Columns(Vec<ColumnRef>);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            let found = match expression {
                Expr::Nested(_) => None,
                other => column(other),
            };
            self.0.extend(found.filter(|column| !self.0.contains(column)));
            ControlFlow::Continue(())
        }
    }
    let mut columns = Columns::default();
    let _ = expression.visit(&mut columns);
    columns.0
}
