//! The clauses of one SELECT.

use pg_query::protobuf::{BoolExprType, SetOperation};
use serde_json::Value;

use super::collect::{Around, Collector};
use super::comparisons::truth;
use super::scope::{Scope, Source};
use super::tree::{
    alike, column, constant, inside, integer, is_null, list, literal_text, node, number, of_kind,
    part, without_places,
};
use crate::sql::Construct;

pub fn note(found: &mut Collector<'_>, select: &Value, around: &Around) {
    if number(select, "op") == SetOperation::SetopUnion as i32 && select["all"] != true {
        union(found, select);
    }
    order(found, select, around);
    groups(found, select);
    distinct(found, select, &around.ctes);
    if let Some(condition) = part(select, "where_clause") {
        constants(found, condition);
    }
    let unbounded = part(select, "where_clause").is_none() && part(select, "limit_count").is_none();
    if !list(select, "locking_clause").is_empty() && unbounded {
        let scope = Scope::of(list(select, "from_clause"), &around.ctes);
        let tables = scope.tables_of(None);
        if !tables.is_empty() {
            let from = &select["from_clause"];
            found.add("lock-all", from, Construct { tables, ..Construct::default() });
        }
    }
}

/// Conjuncts of a condition.
pub fn conjuncts(condition: &Value) -> Vec<&Value> {
    match of_kind(condition, "BoolExpr") {
        Some(all) if number(all, "boolop") == BoolExprType::AndExpr as i32 => {
            list(all, "args").iter().flat_map(conjuncts).collect()
        }
        _ => vec![condition],
    }
}

fn constants(found: &mut Collector<'_>, condition: &Value) {
    let all = conjuncts(condition);
    if let Some(never) = all.iter().find(|part| truth(part) == Some(false)) {
        found.add("always-false", never, Construct::default());
    }
    if let [only] = all.as_slice()
        && truth(only) == Some(true)
    {
        found.add("always-true", only, Construct::default());
    }
}

fn order(found: &mut Collector<'_>, select: &Value, around: &Around) {
    let keys = list(select, "sort_clause");
    for key in keys.iter().filter_map(|key| key.pointer("/node/SortBy/node")) {
        if node(key).is_some_and(|(kind, _)| kind == "ParamRef") {
            found.add("order-by-parameter", key, Construct::default());
        }
    }
    let positions = keys.iter().filter_map(|key| key.pointer("/node/SortBy/node"));
    let positions = positions.chain(list(select, "group_clause"));
    let positions: Vec<&Value> = positions.filter(|key| integer(key).is_some()).collect();
    if let (Some(first), true) = (positions.first(), around.outermost) {
        let count = positions.len();
        found.add("order-by-position", first, Construct { count, ..Construct::default() });
    }
    let limit = part(select, "limit_count").filter(|n| !is_null(n));
    let offset = part(select, "limit_offset");
    if keys.is_empty() && around.outermost && !list(select, "from_clause").is_empty() {
        let several = limit.is_some_and(|n| integer(n) != Some(1) && integer(n) != Some(0));
        let skips = offset.is_some_and(|n| integer(n) != Some(0));
        let place = offset.filter(|_| skips).or(limit);
        if let (Some(place), true) = (place, (several || skips) && !is_one_row(select)) {
            let words = if skips { "OFFSET" } else { "LIMIT" };
            found.add(
                "limit-unordered",
                place,
                Construct { other: words.into(), ..Construct::default() },
            );
        }
    }
    let ordered_set = limit.is_some() || !list(select, "distinct_clause").is_empty();
    if around.membership && !keys.is_empty() && !ordered_set && offset.is_none() {
        found.add("order-in-subquery", &select["sort_clause"], Construct::default());
    }
}

/// Aggregates without groups: there is one row at most.
fn is_one_row(select: &Value) -> bool {
    let mut calls = false;
    inside(&select["target_list"], &mut |kind, call| {
        let name = super::tree::last_name(list(call, "funcname"));
        let known = ["count", "sum", "min", "max", "avg", "array_agg", "string_agg", "jsonb_agg"];
        calls |= kind == "FuncCall" && part(call, "over").is_none() && known.contains(&name);
    });
    calls && list(select, "group_clause").is_empty()
}

fn groups(found: &mut Collector<'_>, select: &Value) {
    let grouped = list(select, "group_clause");
    let Some(having) = part(select, "having_clause").filter(|_| !grouped.is_empty()) else {
        return;
    };
    for conjunct in conjuncts(having) {
        let (mut calls, mut columns) = (false, 0);
        inside(conjunct, &mut |kind, _| {
            calls |= matches!(kind, "FuncCall" | "SubLink" | "GroupingFunc");
            columns += usize::from(kind == "ColumnRef");
        });
        // With grouping sets a condition on groups is not one on rows.
        let sets = grouped.iter().any(|g| of_kind(g, "GroupingSet").is_some());
        if !calls && columns > 0 && !sets {
            found.add("having-without-aggregate", conjunct, Construct::default());
        }
    }
}

fn distinct(found: &mut Collector<'_>, select: &Value, ctes: &[String]) {
    let clause = list(select, "distinct_clause");
    if clause.is_empty() {
        return;
    }
    let named = clause.iter().any(|item| node(item).is_some());
    if named && list(select, "sort_clause").is_empty() {
        found.add("distinct-on-unordered", &select["distinct_clause"], Construct::default());
    }
    if named {
        return;
    }
    let outputs: Vec<&Value> = list(select, "target_list")
        .iter()
        .filter_map(|target| target.pointer("/node/ResTarget/val"))
        .collect();
    let groups = list(select, "group_clause");
    let covered = |group: &Value| match integer(group) {
        Some(position) => position >= 1 && position as usize <= outputs.len(),
        None => outputs.iter().any(|output| alike(output, group)),
    };
    let plain = groups.iter().all(|g| of_kind(g, "GroupingSet").is_none());
    if !groups.is_empty() && plain && groups.iter().all(covered) {
        found.add("distinct-of-groups", &select["group_clause"], Construct::default());
    }
    let scope = Scope::of(list(select, "from_clause"), ctes);
    let others = scope.relations.iter().filter(|r| r.source != Source::Other).count();
    let qualifiers: Option<Vec<&str>> =
        outputs.iter().map(|output| column(output).and_then(|(q, _)| q)).collect();
    let Some(qualifiers) = qualifiers.filter(|q| !q.is_empty() && groups.is_empty()) else {
        return;
    };
    if others >= 2 && qualifiers.iter().all(|q| *q == qualifiers[0]) {
        let tables = scope.tables_of(Some(qualifiers[0]));
        let other = qualifiers[0].to_owned();
        let more = Construct { count: others, tables, other, ..Construct::default() };
        found.add("distinct-over-join", &select["target_list"], more);
    }
}

/// A column that holds one constant in one arm and another in the other.
fn union(found: &mut Collector<'_>, select: &Value) {
    let arm = |key: &str| {
        let arm = part(select, key)?;
        let plain = number(arm, "op") == SetOperation::SetopNone as i32;
        let values = list(arm, "target_list").iter();
        plain.then(|| values.map(|t| t.pointer("/node/ResTarget/val")).collect::<Vec<_>>())
    };
    let (Some(left), Some(right)) = (arm("larg"), arm("rarg")) else { return };
    let differ = |(one, other): (&Option<&Value>, &Option<&Value>)| {
        let (Some(one), Some(other)) = (one, other) else { return false };
        let (Some(a), Some(b)) = (constant(one), constant(other)) else { return false };
        let texts = literal_text(one).is_some() == literal_text(other).is_some();
        texts
            && a["isnull"] != true
            && b["isnull"] != true
            && without_places(a) != without_places(b)
    };
    if left.len() == right.len() && left.iter().zip(&right).any(differ) {
        let arms = &select["rarg"]["target_list"];
        found.add("union-of-disjoint", arms, Construct::default());
    }
}
