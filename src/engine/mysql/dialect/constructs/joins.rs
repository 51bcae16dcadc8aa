//! What joins and the conditions after them say about each other.

use sqlparser::ast::{BinaryOperator, Expr};

use super::collect::Collector;
use super::scope::{Condition, Relation, Scope};
use super::tree::{arms, bare, column, conjuncts, is_comparison, same_name};
use crate::engine::mysql::dialect::predicate;
use crate::sql::{ColumnRef, Construct};

pub fn note(found: &mut Collector<'_>, scope: &Scope, condition: Option<&Expr>) {
    let after: Vec<&Expr> = condition.map(conjuncts).unwrap_or_default();
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

/// The column of a comparison that NULL does not pass.
fn strict(conjunct: &Expr) -> Option<ColumnRef> {
    match bare(conjunct) {
        Expr::BinaryOp { left, op, .. } if is_comparison(op) => column(left),
        Expr::InList { expr, .. } | Expr::Between { expr, .. } | Expr::Like { expr, .. } => {
            column(expr)
        }
        Expr::IsNotNull(of) => column(of),
        _ => None,
    }
}

fn about(relation: &Relation, name: String) -> Construct {
    Construct {
        tables: relation.table.iter().cloned().collect(),
        columns: vec![name],
        other: relation.name.clone(),
        ..Construct::default()
    }
}

fn undone(found: &mut Collector<'_>, scope: &Scope, conjunct: &Expr) {
    let Some(ColumnRef { qualifier: Some(qualifier), name }) = strict(conjunct) else { return };
    if let Some(relation) = scope.relation(&qualifier).filter(|relation| relation.optional) {
        found.add("outer-join-undone", conjunct, about(relation, name));
    }
}

fn is_null_of(conjunct: &Expr) -> Option<(String, String)> {
    let Expr::IsNull(of) = bare(conjunct) else { return None };
    let column = column(of)?;
    Some((column.qualifier?, column.name))
}

fn anti_join(found: &mut Collector<'_>, scope: &Scope, conjunct: &Expr, all: &[&Expr]) {
    let Some((qualifier, name)) = is_null_of(conjunct) else { return };
    let Some(relation) = scope.relation(&qualifier).filter(|r| r.optional) else { return };
    let joined_by = |column: &str| {
        scope.conditions.iter().any(|condition| {
            let named = predicate::columns(&condition.expression);
            let is_it = |c: &ColumnRef| {
                c.qualifier.as_deref() == Some(&qualifier) && same_name(&c.name, column)
            };
            condition.optional.contains(&qualifier) && named.iter().any(is_it)
        })
    };
    let by_name = scope.by_name.contains(&qualifier);
    let by_key =
        all.iter().filter_map(|c| is_null_of(c)).any(|(q, n)| q == qualifier && joined_by(&n));
    if !by_key && !by_name {
        found.add("anti-join-column", conjunct, about(relation, name));
    }
}

fn equality(conjunct: &Expr) -> Option<(ColumnRef, ColumnRef)> {
    match bare(conjunct) {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => column(left).zip(column(right)),
        _ => None,
    }
}

fn again(found: &mut Collector<'_>, scope: &Scope, conjunct: &Expr) {
    let Some((one, other)) = equality(conjunct) else { return };
    let relation = |of: &ColumnRef| scope.relation(of.qualifier.as_deref()?);
    let (Some(first), Some(second)) = (relation(&one), relation(&other)) else { return };
    let (Some(table), Some(joined)) = (&first.table, &second.table) else { return };
    let same_table = table.name == joined.name && table.schema == joined.schema;
    let apart = first.name != second.name && !first.optional && !second.optional;
    if apart && same_name(&one.name, &other.name) && same_table {
        let more = Construct {
            tables: vec![table.clone()],
            columns: vec![one.name],
            other: second.name.clone(),
            ..Construct::default()
        };
        found.add("table-joined-again", conjunct, more);
    }
}

/// Joined by one of several conditions.
fn either(found: &mut Collector<'_>, scope: &Scope, condition: &Condition) {
    for conjunct in conjuncts(&condition.expression) {
        let arms = arms(conjunct);
        if arms.len() < 2 {
            continue;
        }
        let links = |arm: &&Expr| {
            conjuncts(arm).into_iter().filter_map(equality).find_map(|(left, right)| {
                let (one, other) = (left.qualifier.as_deref()?, right.qualifier.as_deref()?);
                let both = scope.relation(one).is_some() && scope.relation(other).is_some();
                (both && one != other).then(|| format!("{left:?}{right:?}"))
            })
        };
        let pairs: Option<Vec<String>> = arms.iter().map(links).collect();
        let Some(pairs) = pairs.filter(|pairs| pairs.windows(2).any(|p| p[0] != p[1])) else {
            continue;
        };
        let first = predicate::columns(conjunct).into_iter().next();
        let first = first.and_then(|column| scope.relation(&column.qualifier?));
        let tables = first.and_then(|relation| relation.table.clone()).into_iter().collect();
        let more = Construct { count: pairs.len(), tables, ..Construct::default() };
        found.add("join-on-either", conjunct, more);
    }
}
