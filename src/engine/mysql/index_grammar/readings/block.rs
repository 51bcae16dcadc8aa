//! One SELECT: its conditions, and the orders that its rows are wanted in.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    GroupByExpr, Join, JoinConstraint, JoinOperator, OrderByExpr, OrderBySort, Select, SelectItem,
    TableWithJoins, Value, visit_expressions,
};

use super::columns::Columns;
use super::scope::{Scope, parts, quoted};
use crate::engine::Reading;

/// Orders as the text has them.
#[derive(Debug, Default)]
pub struct Wanted {
    orders: Vec<Vec<(Expr, bool)>>,
    /// What MIN and MAX are asked of.
    extremes: Vec<Expr>,
}

impl Wanted {
    /// Of a SELECT with `order` behind it.
    pub fn by(select: &Select, order: &[OrderByExpr]) -> Wanted {
        let grouped: Vec<(Expr, bool)> = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => {
                keys.iter().map(|key| (meant(key, select), false)).collect()
            }
            GroupByExpr::All(_) => Vec::new(),
        };
        let mut orders = Vec::new();
        let aggregates = !grouped.is_empty() || select.projection.iter().any(is_aggregate);
        if !aggregates {
            orders.push(order.iter().map(|key| sorted_by(key, select)).collect());
            if matches!(select.distinct, Some(Distinct::Distinct)) {
                let items = select.projection.iter().filter_map(expression);
                orders.push(items.map(|item| (item.clone(), false)).collect());
            }
        }
        orders.push(grouped);
        let extremes = extremes(select);
        orders.extend(extremes.iter().map(|extreme| vec![(extreme.clone(), false)]));
        orders.retain(|order| !order.is_empty());
        Wanted { orders, extremes }
    }

    pub fn sorted(order: &[OrderByExpr]) -> Wanted {
        let keys: Vec<(Expr, bool)> =
            order.iter().map(|key| (key.expr.clone(), descends(key))).collect();
        let orders = if keys.is_empty() { Vec::new() } else { vec![keys] };
        Wanted { orders, extremes: Vec::new() }
    }
}

fn descends(key: &OrderByExpr) -> bool {
    matches!(key.options.sort, Some(OrderBySort::Desc))
}

fn sorted_by(key: &OrderByExpr, select: &Select) -> (Expr, bool) {
    (meant(&key.expr, select), descends(key))
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// What a position or a name of the select list stands for.
fn meant(key: &Expr, select: &Select) -> Expr {
    let found = match key {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => {
                let at: Option<usize> = number.parse().ok();
                at.and_then(|at| expression(select.projection.get(at.checked_sub(1)?)?))
            }
            _ => None,
        },
        Expr::Identifier(name) => select.projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if alias.value == name.value => Some(expr),
            _ => None,
        }),
        _ => None,
    };
    found.unwrap_or(key).clone()
}

fn is_aggregate(item: &SelectItem) -> bool {
    let mut found = false;
    if let Some(expression) = expression(item) {
        let _ = visit_expressions(expression, |part| {
            if let Expr::Function(function) = part {
                found |= function.over.is_none() && is_aggregate_name(function);
            }
            ControlFlow::<()>::Continue(())
        });
    }
    found
}

fn is_aggregate_name(function: &Function) -> bool {
    const NAMES: [&str; 12] = [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "group_concat",
        "std",
        "stddev",
        "variance",
        "bit_or",
        "json_arrayagg",
        "json_objectagg",
    ];
    NAMES.contains(&name_of(function).as_str())
}

fn name_of(function: &Function) -> String {
    function.name.to_string().to_ascii_lowercase()
}

/// MIN and MAX where nothing is grouped: the first or the last entry of an index answers.
fn extremes(select: &Select) -> Vec<Expr> {
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let arguments = select.projection.iter().filter_map(expression).filter_map(|item| match item {
        Expr::Function(function) if matches!(name_of(function).as_str(), "min" | "max") => {
            argument(function)
        }
        _ => None,
    });
    match grouped {
        true => Vec::new(),
        false => arguments.cloned().collect(),
    }
}

fn argument(function: &Function) -> Option<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => Some(expr),
        _ => None,
    }
}

pub struct Block {
    /// Conjuncts, qualified.
    conditions: Vec<Expr>,
    /// The same as they are written.
    pub written: Vec<Expr>,
    orders: Vec<Vec<(Expr, bool)>>,
    extremes: Vec<Expr>,
}

impl Block {
    pub fn of(
        from: &[TableWithJoins],
        condition: Option<&Expr>,
        wanted: Wanted,
        scope: &Scope<'_>,
    ) -> Block {
        let mut conditions = Vec::new();
        if let Some(condition) = condition {
            conjuncts(condition, &mut conditions);
        }
        for table in from {
            for join in &table.joins {
                joined(join, scope, &mut conditions);
            }
        }
        let written = conditions.clone();
        conditions.iter_mut().for_each(|condition| scope.qualify(condition));
        let Wanted { mut orders, mut extremes } = wanted;
        orders.iter_mut().flatten().for_each(|(key, _)| scope.qualify(key));
        extremes.iter_mut().for_each(|extreme| scope.qualify(extreme));
        Block { conditions, written, orders, extremes }
    }

    pub fn readings(&self, scope: &Scope<'_>, columns: &Columns) -> Vec<Reading> {
        let conditions: Vec<String> = self.conditions.iter().map(Expr::to_string).collect();
        let known = scope.relations.iter().filter_map(|r| Some((r.alias.as_str(), r.table?)));
        known
            .map(|(alias, table)| Reading {
                schema: table.schema.clone(),
                table: table.name.clone(),
                alias: alias.to_owned(),
                conditions: conditions.clone(),
                orders: self.orders_of(alias),
                extremes: self.extremes_of(alias),
                needed: columns.of_table(table, alias),
            })
            .collect()
    }

    fn extremes_of(&self, alias: &str) -> Vec<String> {
        let own = self.extremes.iter().filter_map(|extreme| match extreme {
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [table, column] if table.value == alias => Some(column.value.clone()),
                _ => None,
            },
            _ => None,
        });
        own.collect()
    }

    /// The beginning of each order that is of `alias` alone.
    fn orders_of(&self, alias: &str) -> Vec<Vec<String>> {
        let of_alias = |key: &Expr| {
            let mut others = false;
            let mut own = false;
            let _ = visit_expressions(key, |part| {
                if let Expr::CompoundIdentifier(names) = part {
                    let is_own = names.first().is_some_and(|name| name.value == alias);
                    (own, others) = (own || is_own, others || !is_own);
                }
                ControlFlow::<()>::Continue(())
            });
            own && !others
        };
        let written = |(key, descends): &(Expr, bool)| match descends {
            true => format!("{key} DESC"),
            false => key.to_string(),
        };
        let beginnings = self.orders.iter().map(|order| {
            order.iter().take_while(|(key, _)| of_alias(key)).map(written).collect::<Vec<_>>()
        });
        beginnings.filter(|order| !order.is_empty()).collect()
    }
}

fn conjuncts(condition: &Expr, found: &mut Vec<Expr>) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, found);
            conjuncts(right, found);
        }
        Expr::Nested(inner) => conjuncts(inner, found),
        other => found.push(other.clone()),
    }
}

fn joined(join: &Join, scope: &Scope<'_>, found: &mut Vec<Expr>) {
    match constraint(&join.join_operator) {
        Some(JoinConstraint::On(condition)) => conjuncts(condition, found),
        Some(JoinConstraint::Using(names)) => {
            for (_, name) in names.iter().filter_map(parts) {
                found.extend(equated(&name, scope));
            }
        }
        _ => {}
    }
}

/// Neighbours among the tables that have the column.
fn equated(column: &str, scope: &Scope<'_>) -> Vec<Expr> {
    let having: Vec<&str> = scope
        .relations
        .iter()
        .filter(|r| r.table.is_some_and(|table| super::scope::column_of(table, column).is_some()))
        .map(|r| r.alias.as_str())
        .collect();
    let of = |alias: &str| Expr::CompoundIdentifier(vec![quoted(alias), quoted(column)]);
    let pairs = having.windows(2).map(|pair| Expr::BinaryOp {
        left: Box::new(of(pair[0])),
        op: BinaryOperator::Eq,
        right: Box::new(of(pair[1])),
    });
    pairs.collect()
}

pub fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::StraightJoin(constraint) => Some(constraint),
        _ => None,
    }
}
