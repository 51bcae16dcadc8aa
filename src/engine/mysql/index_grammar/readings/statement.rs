//! The parts of a statement: each SELECT in it, however deep, and the one that a change of rows is.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FromTable, OrderByExpr, OrderByKind, Query, SetExpr, Statement, TableFactor,
    TableWithJoins, visit_expressions,
};

use super::block::{Block, Wanted};
use super::columns::Columns;
use super::scope::Scope;
use crate::engine::{Catalog, Reading};

pub fn readings(statement: &Statement, catalog: &Catalog) -> Vec<Reading> {
    let mut walk = Walk { catalog, columns: Columns::of(statement), found: Vec::new() };
    let nothing = Scope::default();
    match statement {
        Statement::Query(query) => walk.query(query, &nothing, &[]),
        Statement::Insert(insert) => {
            if let Some(source) = &insert.source {
                walk.query(source, &nothing, &[]);
            }
        }
        Statement::Update(update) => {
            let from = std::slice::from_ref(&update.table);
            let values = update.assignments.iter().map(|assignment| &assignment.value);
            walk.change(from, update.selection.as_ref(), &update.order_by, values.collect());
        }
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let from = delete.using.as_ref().unwrap_or(from);
            walk.change(from, delete.selection.as_ref(), &delete.order_by, Vec::new());
        }
        _ => {}
    }
    walk.found
}

pub struct Walk<'a> {
    pub catalog: &'a Catalog,
    pub columns: Columns,
    pub found: Vec<Reading>,
}

impl<'a> Walk<'a> {
    fn query(&mut self, query: &Query, around: &Scope<'a>, hidden: &[String]) {
        let mut hidden = hidden.to_vec();
        let common = query.with.iter().flat_map(|with| &with.cte_tables);
        // Each may be named by those after it, and by itself.
        for table in common {
            hidden.push(table.alias.name.value.clone());
            self.query(&table.query, around, &hidden);
        }
        let order = match query.order_by.as_ref().map(|order| &order.kind) {
            Some(OrderByKind::Expressions(keys)) => keys.as_slice(),
            _ => &[],
        };
        self.body(&query.body, order, around, &hidden);
    }

    fn body(
        &mut self,
        body: &SetExpr,
        order: &[OrderByExpr],
        around: &Scope<'a>,
        hidden: &[String],
    ) {
        match body {
            SetExpr::Select(select) => {
                let scope = Scope::of(&select.from, around, hidden, self.catalog);
                let wanted = Wanted::by(select, order);
                self.block(&select.from, select.selection.as_ref(), wanted, &scope, hidden);
                let having = select.having.as_ref();
                for expression in select.projection.iter().filter_map(expression_of).chain(having) {
                    self.below(expression, &scope, hidden);
                }
            }
            SetExpr::Query(query) => self.query(query, around, hidden),
            SetExpr::SetOperation { left, right, .. } => {
                // The order is that of all rows together.
                self.body(left, &[], around, hidden);
                self.body(right, &[], around, hidden);
            }
            _ => {}
        }
    }

    fn change(
        &mut self,
        from: &[TableWithJoins],
        condition: Option<&Expr>,
        order: &[OrderByExpr],
        values: Vec<&Expr>,
    ) {
        let scope = Scope::of(from, &Scope::default(), &[], self.catalog);
        let first = self.found.len();
        self.block(from, condition, Wanted::sorted(order), &scope, &[]);
        // Whoever changes a row reads all of it.
        for reading in &mut self.found[first..] {
            reading.needed = None;
        }
        for value in values {
            self.below(value, &scope, &[]);
        }
    }

    fn block(
        &mut self,
        from: &[TableWithJoins],
        condition: Option<&Expr>,
        wanted: Wanted,
        scope: &Scope<'a>,
        hidden: &[String],
    ) {
        let block = Block::of(from, condition, wanted, scope);
        self.found.extend(block.readings(scope, &self.columns));
        for expression in &block.written {
            self.below(expression, scope, hidden);
        }
        for table in from {
            let joined = table.joins.iter().map(|join| &join.relation);
            for factor in std::iter::once(&table.relation).chain(joined) {
                if let TableFactor::Derived { subquery, .. } = factor {
                    self.query(subquery, scope, hidden);
                }
            }
        }
    }

    /// The sub-selects directly inside `expression`.
    fn below(&mut self, expression: &Expr, scope: &Scope<'a>, hidden: &[String]) {
        let mut inner: Vec<(Query, Option<Expr>)> = Vec::new();
        let _ = visit_expressions(expression, |part| {
            let query = match part {
                Expr::Subquery(query) => Some((query, None)),
                Expr::Exists { subquery, .. } => Some((subquery, None)),
                Expr::InSubquery { expr, subquery, .. } => Some((subquery, Some((**expr).clone()))),
                _ => None,
            };
            // Those inside of a sub-select are found when it is looked at itself.
            if let Some((query, compared)) = query
                && !inner.iter().any(|(outer, _)| contains(outer, query))
            {
                inner.push(((**query).clone(), compared));
            }
            ControlFlow::<()>::Continue(())
        });
        for (query, compared) in inner {
            let first = self.found.len();
            self.query(&query, scope, hidden);
            if let (Some(compared), Some(column)) = (compared, only_column(&query)) {
                self.join(first, compared, column, scope, &query, hidden);
            }
        }
    }

    /// `x IN (SELECT y FROM …)` is found by `y = x` as well, from whichever side.
    fn join(
        &mut self,
        first: usize,
        mut compared: Expr,
        mut column: Expr,
        scope: &Scope<'a>,
        query: &Query,
        hidden: &[String],
    ) {
        let SetExpr::Select(select) = query.body.as_ref() else { return };
        let own = Scope::of(&select.from, scope, hidden, self.catalog);
        scope.qualify(&mut compared);
        own.qualify(&mut column);
        let condition = format!("{column} = {compared}");
        let inside: Vec<&str> = own.relations.iter().map(|r| r.alias.as_str()).collect();
        for (at, reading) in self.found.iter_mut().enumerate() {
            let outside = scope.relations.iter().any(|r| r.alias == reading.alias);
            if at >= first && inside.contains(&reading.alias.as_str()) || at < first && outside {
                reading.conditions.push(condition.clone());
            }
        }
    }
}

fn expression_of(item: &sqlparser::ast::SelectItem) -> Option<&Expr> {
    use sqlparser::ast::SelectItem::{ExprWithAlias, UnnamedExpr};
    match item {
        UnnamedExpr(expr) | ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn only_column(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match select.projection.as_slice() {
        [item] => expression_of(item).cloned(),
        _ => None,
    }
}

/// `inner` is somewhere inside of `outer`.
fn contains(outer: &Query, inner: &Query) -> bool {
    let mut found = false;
    let _ = visit_expressions(outer, |part| {
        found |= match part {
            Expr::Subquery(query) => query.as_ref() == inner,
            Expr::Exists { subquery, .. } | Expr::InSubquery { subquery, .. } => {
                subquery.as_ref() == inner
            }
            _ => false,
        };
        ControlFlow::<()>::Continue(())
    });
    found
}
