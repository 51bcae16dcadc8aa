//! Relations of a query that no condition links.

use std::collections::BTreeSet;

use serde_json::Value;

use super::clauses::conjuncts;
use super::collect::Collector;
use super::scope::{Scope, Source};
use super::tree::{column, column_fields, is_fixed, list, of_kind, operator, part};
use crate::sql::Construct;

pub fn note(found: &mut Collector<'_>, query: &Value, scope: &Scope, condition: Option<&Value>) {
    commas(found, query);
    // What stands in FROM beside tables may refer to any of them.
    let reaching =
        |source: Source| matches!(source, Source::Other | Source::Query { lateral: true });
    if scope.relations.len() < 2 || scope.relations.iter().any(|r| reaching(r.source)) {
        return;
    }
    let Some(groups) = linked(scope, condition) else { return };
    let apart: Vec<usize> = (0..scope.relations.len()).filter(|i| groups[*i] == *i).collect();
    let tables: Vec<&super::scope::Relation> = apart
        .iter()
        .map(|i| &scope.relations[*i])
        .filter(|r| r.source == Source::Table && !r.crossed)
        .collect();
    if let [first, .., last] = tables.as_slice() {
        let more = Construct {
            count: tables.len(),
            tables: last.table.iter().cloned().collect(),
            other: first.name.clone(),
            ..Construct::default()
        };
        let from = part(query, "from_clause").or_else(|| part(query, "using_clause"));
        found.add("cartesian-product", from.unwrap_or(&Value::Null), more);
    }
}

/// For each relation the first one of its group; those that are pinned to a value, or of which only one row can be
/// meant, belong to the group of all. `None` where a column without a table's name could belong to any.
fn linked(scope: &Scope, condition: Option<&Value>) -> Option<Vec<usize>> {
    let mut groups: Vec<usize> = (0..scope.relations.len()).collect();
    let index = |name: &str| scope.relations.iter().position(|r| r.name == name);
    let join = |members: &BTreeSet<usize>, groups: &mut Vec<usize>| {
        let Some(target) = members.iter().map(|i| groups[*i]).min() else { return };
        let merged: BTreeSet<usize> = members.iter().map(|i| groups[*i]).collect();
        groups.iter_mut().filter(|g| merged.contains(g)).for_each(|g| *g = target);
    };
    let named: BTreeSet<usize> = scope.by_name.iter().filter_map(|name| index(name)).collect();
    join(&named, &mut groups);
    let own = scope.conditions.iter().map(|c| &c.expression);
    let mut pinned = BTreeSet::new();
    for conjunct in own.chain(condition).flat_map(conjuncts) {
        let mut mentioned = Vec::new();
        mentions(conjunct, true, &mut mentioned);
        if mentioned.iter().any(|(qualifier, outer)| qualifier.is_none() && *outer) {
            return None;
        }
        let names = mentioned.iter().filter_map(|(qualifier, _)| *qualifier);
        let foreign = names.clone().any(|name| index(name).is_none());
        let members: BTreeSet<usize> = names.filter_map(index).collect();
        join(&members, &mut groups);
        if foreign || is_pin(conjunct) {
            pinned.extend(members);
        }
    }
    let whole: BTreeSet<usize> = pinned.iter().copied().collect();
    if whole.len() == groups.len() || (!whole.is_empty() && groups.len() > 1) {
        // A relation of few rows may be joined with anything.
        let with_rest: BTreeSet<usize> = whole.into_iter().chain([0]).collect();
        join(&with_rest, &mut groups);
    }
    Some(groups)
}

/// `column = fixed value`.
fn is_pin(conjunct: &Value) -> bool {
    let Some(inner) = of_kind(conjunct, "AExpr") else { return false };
    let (Some(left), Some(right)) = (part(inner, "lexpr"), part(inner, "rexpr")) else {
        return false;
    };
    operator(inner) == "="
        && ((column(left).is_some() && is_fixed(right))
            || (is_fixed(left) && column(right).is_some()))
}

/// Qualifiers of all columns, also in queries inside; whether the column stands outside of those.
fn mentions<'a>(value: &'a Value, outside: bool, found: &mut Vec<(Option<&'a str>, bool)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| mentions(item, outside, found)),
        Value::Object(object) => object.iter().for_each(|(key, child)| {
            if key == "ColumnRef" {
                let whole_row = list(child, "fields")
                    .first()
                    .and_then(|field| field.pointer("/node/String/sval").and_then(Value::as_str));
                match column_fields(child) {
                    Some((qualifier, _)) => found.push((qualifier, outside)),
                    None => found.extend(whole_row.map(|name| (Some(name), outside))),
                }
            }
            mentions(child, outside && key != "SelectStmt", found);
        }),
        _ => {}
    }
}

fn commas(found: &mut Collector<'_>, query: &Value) {
    let from = list(query, "from_clause");
    let joined = from.iter().filter(|item| of_kind(item, "JoinExpr").is_some()).count();
    let plain = from.iter().filter(|item| of_kind(item, "RangeVar").is_some()).count();
    if joined > 0 && plain > 0 {
        let more = Construct { count: joined + plain, ..Construct::default() };
        found.add("comma-and-join", &query["from_clause"], more);
    }
}
