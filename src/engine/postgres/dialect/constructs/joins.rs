//! What joins and the conditions after them say about each other.

use pg_query::protobuf::{AExprKind, BoolExprType, NullTestType};
use serde_json::Value;

use super::clauses::conjuncts;
use super::collect::Collector;
use super::scope::{Condition, Scope};
use super::tree::{column, columns, list, node, number, of_kind, operator, part};
use crate::sql::Construct;

pub fn note(found: &mut Collector<'_>, scope: &Scope, condition: Option<&Value>) {
    let after: Vec<&Value> = condition.map(conjuncts).unwrap_or_default();
    for conjunct in &after {
        undone(found, scope, conjunct);
        anti_join(found, scope, conjunct, &after);
    }
    let inner = scope.conditions.iter().filter(|c| c.optional.is_empty());
    let inner = inner.flat_map(|c| conjuncts(&c.expression));
    for conjunct in inner.chain(after.iter().copied()) {
        again(found, scope, conjunct);
    }
    for condition in &scope.conditions {
        either(found, scope, condition);
    }
}

/// A comparison that NULL does not pass, and the column it is of.
fn strict(conjunct: &Value) -> Option<(Option<&str>, &str)> {
    use AExprKind::{AexprBetween, AexprIlike, AexprIn, AexprLike, AexprOp};
    match node(conjunct)? {
        ("AExpr", inner) => {
            let kinds = [AexprOp, AexprIn, AexprLike, AexprIlike, AexprBetween];
            let known = kinds.iter().any(|kind| number(inner, "kind") == *kind as i32);
            let left = part(inner, "lexpr")?;
            let compares = matches!(
                operator(inner),
                "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" | "~~" | "~~*" | "BETWEEN"
            );
            (known && compares).then(|| column(left))?
        }
        ("NullTest", test) if number(test, "nulltesttype") == NullTestType::IsNotNull as i32 => {
            column(part(test, "arg")?)
        }
        _ => None,
    }
}

fn undone(found: &mut Collector<'_>, scope: &Scope, conjunct: &Value) {
    let Some((qualifier, name)) = strict(conjunct) else { return };
    let Some(relation) = qualifier.and_then(|q| scope.relation(q)).filter(|r| r.optional) else {
        return;
    };
    let more = Construct {
        tables: relation.table.iter().cloned().collect(),
        columns: vec![name.to_owned()],
        other: relation.name.clone(),
        ..Construct::default()
    };
    found.add("outer-join-undone", conjunct, more);
}

fn is_null_of(conjunct: &Value) -> Option<(&str, &str)> {
    let test = of_kind(conjunct, "NullTest")?;
    let (qualifier, name) = column(part(test, "arg")?)?;
    let asked = number(test, "nulltesttype") == NullTestType::IsNull as i32;
    asked.then(|| qualifier.map(|qualifier| (qualifier, name)))?
}

fn anti_join(found: &mut Collector<'_>, scope: &Scope, conjunct: &Value, all: &[&Value]) {
    let Some((qualifier, name)) = is_null_of(conjunct) else { return };
    let Some(relation) = scope.relation(qualifier).filter(|r| r.optional) else { return };
    let joined_by = |column: &str| {
        scope.conditions.iter().any(|condition| {
            let named = columns(&condition.expression);
            condition.optional.iter().any(|optional| optional == qualifier)
                && named.iter().any(|(q, n)| *q == Some(qualifier) && *n == column)
        })
    };
    let by_name = scope.by_name.iter().any(|name| name == qualifier);
    let by_key =
        all.iter().filter_map(|c| is_null_of(c)).any(|(q, n)| q == qualifier && joined_by(n));
    if !by_key && !by_name {
        let more = Construct {
            tables: relation.table.iter().cloned().collect(),
            columns: vec![name.to_owned()],
            other: relation.name.clone(),
            ..Construct::default()
        };
        found.add("anti-join-column", conjunct, more);
    }
}

/// Both sides of an equality of two columns.
type Sides<'a> = [(Option<&'a str>, &'a str); 2];

fn equality(conjunct: &Value) -> Option<Sides<'_>> {
    let inner = of_kind(conjunct, "AExpr")?;
    let plain = number(inner, "kind") == AExprKind::AexprOp as i32 && operator(inner) == "=";
    let sides = [column(part(inner, "lexpr")?)?, column(part(inner, "rexpr")?)?];
    plain.then_some(sides)
}

fn again(found: &mut Collector<'_>, scope: &Scope, conjunct: &Value) {
    let Some([(Some(one), name), (Some(other), same)]) = equality(conjunct) else { return };
    let (Some(one), Some(other)) = (scope.relation(one), scope.relation(other)) else { return };
    let (Some(table), Some(joined)) = (&one.table, &other.table) else { return };
    let same_table = table.name == joined.name && table.schema == joined.schema;
    if one.name != other.name && name == same && same_table && !one.optional && !other.optional {
        let more = Construct {
            tables: vec![table.clone()],
            columns: vec![name.to_owned()],
            other: other.name.clone(),
            ..Construct::default()
        };
        found.add("table-joined-again", conjunct, more);
    }
}

/// Joined by one of several conditions: neither hashed nor merged.
fn either(found: &mut Collector<'_>, scope: &Scope, condition: &Condition) {
    for conjunct in conjuncts(&condition.expression) {
        let Some(any) = of_kind(conjunct, "BoolExpr") else { continue };
        if number(any, "boolop") != BoolExprType::OrExpr as i32 {
            continue;
        }
        let arms = list(any, "args");
        let links = |arm: &Value| {
            conjuncts(arm).into_iter().filter_map(equality).find_map(|[left, right]| {
                let (one, other) = (left.0?, right.0?);
                let both = scope.relation(one).is_some() && scope.relation(other).is_some();
                (both && one != other).then(|| format!("{left:?}{right:?}"))
            })
        };
        let pairs: Option<Vec<String>> = arms.iter().map(links).collect();
        let Some(pairs) = pairs.filter(|pairs| pairs.windows(2).any(|p| p[0] != p[1])) else {
            continue;
        };
        let first = columns(conjunct).into_iter().next().and_then(|(q, _)| scope.relation(q?));
        let tables = first.and_then(|relation| relation.table.clone()).into_iter().collect();
        let more = Construct { count: pairs.len(), tables, ..Construct::default() };
        found.add("join-on-either", conjunct, more);
    }
}
