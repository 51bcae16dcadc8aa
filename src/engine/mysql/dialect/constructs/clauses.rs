//! The clauses of one query.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, LimitClause, OrderByKind, Query, Select, SelectItem, SetExpr,
    SetOperator, SetQuantifier, Spanned,
};

use super::collect::Collector;
use super::comparisons::{before_grouping, truth};
use super::scope::{Scope, Source};
use super::tree::{
    aggregates, arguments, column, conjuncts, constant, integer, is_null, is_parameter,
    literal_text, name_of,
};
use crate::sql::Construct;

/// What stands around the SELECT: order, limit, locks, UNION.
pub fn note_query(found: &mut Collector<'_>, query: &Query) {
    if let SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, right } =
        query.body.as_ref()
        && matches!(set_quantifier, SetQuantifier::None | SetQuantifier::Distinct)
    {
        union(found, left, right);
    }
    order(found, query);
    limit(found, query);
    locks(found, query);
}

fn union(found: &mut Collector<'_>, left: &SetExpr, right: &SetExpr) {
    let (SetExpr::Select(left), SetExpr::Select(right)) = (left, right) else { return };
    let (one, other) = (outputs(left), outputs(right));
    let differ = |(a, b): (&&Expr, &&Expr)| {
        let texts = literal_text(a).is_some() == literal_text(b).is_some();
        let both = constant(a).zip(constant(b));
        texts && both.is_some_and(|(a, b)| !a.eq_ignore_ascii_case(&b))
    };
    if one.len() == other.len() && one.iter().zip(&other).any(differ) {
        found.add_at("union-of-disjoint", right.span(), right, Construct::default());
    }
}

/// The expressions returned, where all of them are expressions.
fn outputs(select: &Select) -> Vec<&Expr> {
    let plain = select.projection.iter().map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    });
    plain.collect::<Option<Vec<_>>>().unwrap_or_default()
}

pub fn sort_keys(query: &Query) -> Vec<&Expr> {
    match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(keys)) => keys.iter().map(|key| &key.expr).collect(),
        _ => Vec::new(),
    }
}

pub fn groups(select: &Select) -> Vec<&Expr> {
    match &select.group_by {
        GroupByExpr::Expressions(keys, _) => keys.iter().collect(),
        GroupByExpr::All(_) => Vec::new(),
    }
}

fn rolls_up(select: &Select) -> bool {
    matches!(&select.group_by, GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty())
}

fn order(found: &mut Collector<'_>, query: &Query) {
    let keys = sort_keys(query);
    for key in keys.iter().filter(|key| is_parameter(key)) {
        found.add("order-by-parameter", key, Construct::default());
    }
    let select = query.body.as_select();
    let grouped = select.map(groups).unwrap_or_default();
    let positions: Vec<&&Expr> =
        keys.iter().chain(&grouped).filter(|key| integer(key).is_some()).collect();
    if let (Some(first), 1) = (positions.first(), found.depth) {
        let count = positions.len();
        found.add("order-by-position", first, Construct { count, ..Construct::default() });
    }
    groups_and_order(found, &grouped, &keys);
}

/// Grouped by columns of one table, ordered by those of another: rows are stored for the one and sorted for the other.
fn groups_and_order(found: &mut Collector<'_>, grouped: &[&Expr], keys: &[&Expr]) {
    let owners = |list: &[&Expr]| {
        let named = list.iter().map(|key| column(key)?.qualifier);
        named.collect::<Option<Vec<String>>>().filter(|named| !named.is_empty())
    };
    let (Some(by), Some(order)) = (owners(grouped), owners(keys)) else { return };
    if !order.iter().any(|name| by.contains(name)) {
        let more = Construct { other: by[0].clone(), count: keys.len(), ..Construct::default() };
        found.add("groups-and-order-apart", keys[0], more);
    }
}

/// Limit and offset.
pub fn limits(query: &Query) -> (Option<&Expr>, Option<&Expr>) {
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
        None => (None, None),
    }
}

fn limit(found: &mut Collector<'_>, query: &Query) {
    let (limit, offset) = limits(query);
    let Some(select) = query.body.as_select() else { return };
    if found.depth != 1 || query.order_by.is_some() || select.from.is_empty() {
        return;
    }
    let one_row = groups(select).is_empty() && outputs(select).iter().any(|o| aggregates(o));
    let several = limit.is_some_and(|n| !matches!(integer(n), Some(0 | 1)) && !is_null(n));
    let skips = offset.is_some_and(|n| integer(n) != Some(0));
    let place = offset.filter(|_| skips).or(limit);
    if let (Some(place), true) = (place, (several || skips) && !one_row) {
        let words = if skips { "OFFSET" } else { "LIMIT" };
        let more = Construct { other: words.into(), ..Construct::default() };
        found.add("limit-unordered", place, more);
    }
}

fn locks(found: &mut Collector<'_>, query: &Query) {
    let Some(select) = query.body.as_select() else { return };
    if query.locks.is_empty() || select.selection.is_some() || query.limit_clause.is_some() {
        return;
    }
    let joined = select.from.iter().any(|item| !item.joins.is_empty());
    let scope = Scope::of(&select.from, &found.ctes);
    let tables = scope.tables_of(None);
    if let (Some(first), false) = (select.from.first(), tables.is_empty() || joined) {
        let more = Construct { tables, ..Construct::default() };
        found.add_at("lock-all", first.span(), first, more);
    }
}

/// What stands in the SELECT.
pub fn note_select(found: &mut Collector<'_>, select: &Select, scope: &Scope) {
    if let Some(modifiers) = &select.select_modifiers
        && modifiers.sql_calc_found_rows
    {
        let of_tables = Construct { tables: scope.tables_of(None), ..Construct::default() };
        found.add_at("found-rows-counted", select.span(), &"SQL_CALC_FOUND_ROWS", of_tables);
    }
    match &select.selection {
        Some(condition) => constants(found, condition),
        None => count_of_all(found, select, scope),
    }
    let grouped = groups(select);
    if let (Some(having), false) = (&select.having, grouped.is_empty() || rolls_up(select)) {
        for conjunct in before_grouping(having, &grouped) {
            found.add("having-without-aggregate", conjunct, Construct::default());
        }
    }
    if matches!(select.distinct, Some(Distinct::Distinct)) {
        distinct(found, select, scope, &grouped);
    }
}

/// `SELECT COUNT(*) FROM t`, and nothing else.
fn count_of_all(found: &mut Collector<'_>, select: &Select, scope: &Scope) {
    let outputs = outputs(select);
    let ([only], [relation]) = (outputs.as_slice(), scope.relations.as_slice()) else { return };
    let Some(table) = &relation.table else { return };
    let counts = matches!(only, Expr::Function(call) if name_of(call) == "count"
        && call.over.is_none()
        && arguments(call).iter().all(|argument| constant(argument).is_some()));
    if counts && groups(select).is_empty() && select.having.is_none() {
        let more = Construct { tables: vec![table.clone()], ..Construct::default() };
        found.add("counts-all-rows", only, more);
    }
}

fn constants(found: &mut Collector<'_>, condition: &Expr) {
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

fn distinct(found: &mut Collector<'_>, select: &Select, scope: &Scope, grouped: &[&Expr]) {
    let outputs = outputs(select);
    let covered = |group: &&Expr| match integer(group) {
        Some(position) => usize::try_from(position).is_ok_and(|n| n >= 1 && n <= outputs.len()),
        None => outputs.iter().any(|output| output.to_string() == group.to_string()),
    };
    if !grouped.is_empty() && !rolls_up(select) && grouped.iter().all(covered) {
        found.add("distinct-of-groups", grouped[0], Construct::default());
    }
    let others = scope.relations.iter().filter(|r| r.source != Source::Other).count();
    let qualifiers = outputs.iter().map(|output| column(output)?.qualifier);
    let qualifiers = qualifiers.collect::<Option<Vec<String>>>();
    let Some(qualifiers) = qualifiers.filter(|q| !q.is_empty() && grouped.is_empty()) else {
        return;
    };
    if others >= 2 && qualifiers.iter().all(|q| *q == qualifiers[0]) {
        let tables = scope.tables_of(Some(&qualifiers[0]));
        let other = qualifiers[0].clone();
        let more = Construct { count: others, tables, other, ..Construct::default() };
        found.add("distinct-over-join", outputs[0], more);
    }
}
