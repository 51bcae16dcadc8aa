//! Whether a query's condition implies that of a partial index, as far as a planner proves it.

use crate::engine::Table;
use crate::sql::{Operand, Predicate, PredicateKind};

use super::context::Serving;

impl Serving<'_> {
    /// Every conjunct of `condition` follows from one of `conjuncts`.
    pub(super) fn is_implied(
        &self,
        condition: &str,
        table: &Table,
        conjuncts: &[Predicate],
    ) -> bool {
        let parts = self.conjuncts(condition, Some(table));
        let follows = |part: &Predicate| conjuncts.iter().any(|given| implies(given, part));
        !parts.is_empty()
            && parts.iter().all(|part| follows(part) || self.is_same_text(part, conjuncts))
    }

    /// What could not be taken apart must be there word for word.
    fn is_same_text(&self, part: &Predicate, conjuncts: &[Predicate]) -> bool {
        let Some(indexes) = self.indexes else { return false };
        conjuncts.iter().any(|given| {
            let qualifier = given.column.as_ref().and_then(|column| column.qualifier.as_deref());
            let bare = match qualifier {
                Some(alias) => indexes.unqualified(&given.text, alias),
                None => Some(given.text.clone()),
            };
            bare.is_some_and(|bare| indexes.same_expression(&bare, &part.text))
        })
    }
}

fn implies(given: &Predicate, wanted: &Predicate) -> bool {
    let name = |predicate: &Predicate| predicate.column.as_ref().map(|column| column.name.clone());
    if name(given).is_none() || name(given) != name(wanted) {
        return false;
    }
    let bare = |predicate: &Predicate| predicate.expression.is_none() && predicate.cast.is_none();
    if is_not_null(wanted) && bare(wanted) {
        return rejects_null(given);
    }
    if given.expression != wanted.expression {
        return false;
    }
    match (truth(given), truth(wanted)) {
        (Some(given), Some(wanted)) => return given == wanted,
        (None, None) => {}
        _ => return false,
    }
    values_follow(given, wanted)
}

fn is_not_null(predicate: &Predicate) -> bool {
    predicate.kind == PredicateKind::NullTest && predicate.op == "IS NOT NULL"
}

/// The condition is never true where the column is NULL. A function around it might make something of NULL.
fn rejects_null(given: &Predicate) -> bool {
    use PredicateKind::{Boolean, Distance, Inequality, NullTest, Other};
    let bare = given.expression.is_none() || given.cast.is_some();
    bare && match given.kind {
        NullTest => given.op == "IS NOT NULL",
        Boolean => truth(given).is_some(),
        Inequality => given.op != "IS DISTINCT FROM",
        Other | Distance => false,
        _ => true,
    }
}

/// The truth that a bare boolean column is asked for.
fn truth(predicate: &Predicate) -> Option<bool> {
    match (predicate.kind, predicate.op.as_str(), &predicate.operand) {
        (PredicateKind::Boolean, "" | "IS TRUE", _) => Some(true),
        (PredicateKind::Boolean, "NOT" | "IS FALSE", _) => Some(false),
        (PredicateKind::Equality, _, Operand::Constant(value)) if value == "true" => Some(true),
        (PredicateKind::Equality, _, Operand::Constant(value)) if value == "false" => Some(false),
        _ => None,
    }
}

/// By the values alone: equal to one of those wanted, or beyond the wanted bound.
fn values_follow(given: &Predicate, wanted: &Predicate) -> bool {
    use PredicateKind::{Equality, Inequality, Range};
    if given.kind == wanted.kind && given.op == wanted.op && given.operand == wanted.operand {
        return !matches!(given.operand, Operand::Parameter(_) | Operand::Expression(_));
    }
    let asked = values(&given.operand);
    match (given.kind, wanted.kind) {
        (Equality, Equality) => {
            let allowed = values(&wanted.operand);
            !asked.is_empty() && asked.iter().all(|value| allowed.contains(value))
        }
        (Equality, Inequality) if wanted.op == "<>" => {
            let barred = values(&wanted.operand);
            !asked.is_empty() && asked.iter().all(|value| !barred.contains(value))
        }
        (Equality, Range) => {
            !asked.is_empty() && asked.iter().all(|value| is_beyond(value, "=", wanted))
        }
        (Range, Range) => match asked.as_slice() {
            [value] => is_beyond(value, &given.op, wanted),
            _ => false,
        },
        _ => false,
    }
}

fn values(operand: &Operand) -> Vec<&str> {
    match operand {
        Operand::Constant(value) => vec![value],
        Operand::List(values) => values.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Everything that is `op value` meets the bound `wanted`.
fn is_beyond(value: &str, op: &str, wanted: &Predicate) -> bool {
    let Operand::Constant(bound) = &wanted.operand else { return false };
    let Some(order) = compared(value, bound) else { return false };
    let (above, equal) = (order.is_gt(), order.is_eq());
    let below = order.is_lt();
    match (op, wanted.op.as_str()) {
        ("=", ">=") | (">" | ">=", ">=") => above || equal,
        ("=" | ">=", ">") => above,
        (">", ">") => above || equal,
        ("=", "<=") | ("<" | "<=", "<=") => below || equal,
        ("=" | "<=", "<") => below,
        ("<", "<") => below || equal,
        _ => false,
    }
}

/// Numbers by value; dates and times of one notation by their digits. Other texts have orders of their own.
fn compared(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    if let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>()) {
        return a.partial_cmp(&b);
    }
    let dated = |text: &str| {
        text.len() >= 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit() || b" :.+".contains(&byte),
            })
    };
    let zone = |text: &str| text.rfind('+').map(|at| text[at..].to_owned());
    (dated(a) && dated(b) && a.len() == b.len() && zone(a) == zone(b)).then(|| a.cmp(b))
}
