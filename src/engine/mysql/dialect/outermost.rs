//! What the outermost query returns, and in which order.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, LimitClause, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr,
    Statement, Visit, Visitor,
};

use super::predicate::{column, operand};
use crate::sql::{Operand, SortKey};

#[derive(Debug, Default)]
pub struct Outermost {
    pub select_star: bool,
    pub offset: Option<Operand>,
    pub limit: Option<Operand>,
    pub order_by: Vec<SortKey>,
    pub order_by_random: bool,
    pub has_where: bool,
    pub aggregates: bool,
}

impl Outermost {
    pub fn of(statement: &Statement) -> Outermost {
        match statement {
            Statement::Query(query) => Outermost::of_query(query),
            Statement::Update(update) => {
                Outermost { has_where: update.selection.is_some(), ..Outermost::default() }
            }
            Statement::Delete(delete) => {
                Outermost { has_where: delete.selection.is_some(), ..Outermost::default() }
            }
            _ => Outermost::default(),
        }
    }

    fn of_query(query: &Query) -> Outermost {
        let arms = arms(&query.body);
        let items: Vec<&SelectItem> = arms.iter().flat_map(|arm| &arm.projection).collect();
        let keys = sort_keys(query);
        let (limit, offset) = limits(query);
        Outermost {
            select_star: items.iter().any(|item| {
                matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
            }),
            offset,
            limit,
            order_by_random: keys.iter().any(|key| is_random(&key.expr)),
            order_by: keys.iter().map(|key| sort_key(key, &items)).collect(),
            has_where: arms.iter().any(|arm| arm.selection.is_some()),
            aggregates: arms.iter().any(|arm| aggregates(arm)),
        }
    }
}

/// The plain SELECTs of a set operation; the SELECT itself when it is none.
fn arms(body: &SetExpr) -> Vec<&Select> {
    let (mut plain, mut pending) = (Vec::new(), vec![body]);
    while let Some(body) = pending.pop() {
        match body {
            SetExpr::Select(select) => plain.push(select.as_ref()),
            SetExpr::Query(query) => pending.push(&query.body),
            SetExpr::SetOperation { left, right, .. } => {
                pending.extend([right.as_ref(), left.as_ref()]);
            }
            _ => {}
        }
    }
    plain
}

fn sort_keys(query: &Query) -> &[OrderByExpr] {
    match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(keys)) => keys,
        _ => &[],
    }
}

fn limits(query: &Query) -> (Option<Operand>, Option<Operand>) {
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            (limit.as_ref().map(numbered), offset.as_ref().map(|offset| numbered(&offset.value)))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            (Some(numbered(limit)), Some(numbered(offset)))
        }
        None => (None, None),
    }
}

fn numbered(expression: &Expr) -> Operand {
    match operand(expression) {
        Operand::Parameter(_) => Operand::Expression("?".to_owned()),
        other => other,
    }
}

fn is_random(expression: &Expr) -> bool {
    matches!(expression, Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("rand"))
}

/// NULL sorts lowest here: first when ascending.
fn sort_key(key: &OrderByExpr, items: &[&SelectItem]) -> SortKey {
    let descending = key.options.sort == Some(sqlparser::ast::OrderBySort::Desc);
    let meant = resolve(&key.expr, items).unwrap_or(&key.expr);
    SortKey { column: column(meant), text: meant.to_string(), descending, nulls_first: !descending }
}

/// The output column that `ORDER BY 2` or `ORDER BY alias` means.
fn resolve<'a>(key: &Expr, items: &[&'a SelectItem]) -> Option<&'a Expr> {
    let value = |item: &'a SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    };
    match (key, operand(key)) {
        (Expr::Identifier(wanted), _) => items.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if alias.value == wanted.value => Some(expr),
            _ => None,
        }),
        (Expr::Value(_), Operand::Constant(position)) => {
            let position: usize = position.parse().ok()?;
            let upto = items.get(..position)?.iter().map(|item| value(item));
            upto.collect::<Option<Vec<_>>>()?.pop()
        }
        _ => None,
    }
}

fn aggregates(select: &Select) -> bool {
    let grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    };
    grouped
        || select.distinct.is_some()
        || select.having.is_some()
        || select.projection.iter().any(calls_aggregate)
}

/// An aggregate in the item, not counting sub-selects and window functions.
fn calls_aggregate(item: &SelectItem) -> bool {
    struct Calls {
        queries: usize,
    }
    impl Visitor for Calls {
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
            match expression {
                Expr::Function(call) if self.queries == 0 && call.over.is_none() => {
                    let name = call.name.to_string().to_ascii_lowercase();
                    if AGGREGATES.contains(&name.as_str()) {
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    item.visit(&mut Calls { queries: 0 }).is_break()
}

const AGGREGATES: [&str; 18] = [
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
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
];
