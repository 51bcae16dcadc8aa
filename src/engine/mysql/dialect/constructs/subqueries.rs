//! Queries inside a statement, and the statement as a whole.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, Query, Select, SelectItem, SetExpr, Spanned, Statement,
    TableFactor, TableWithJoins, UnaryOperator, Visit, Visitor, With,
};

use super::clauses::sort_keys;
use super::collect::Collector;
use super::scope::{Scope, constraint};
use super::tree::{bare, column, inside, same_name};
use crate::sql::Construct;

pub fn note(found: &mut Collector<'_>, expression: &Expr) {
    match expression {
        Expr::InSubquery { subquery, negated, .. } => {
            ordered(found, subquery);
            if *negated {
                not_in(found, expression, subquery);
            }
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            if let Expr::InSubquery { subquery, negated: false, .. } = bare(expr) {
                not_in(found, expression, subquery);
            }
        }
        Expr::Exists { subquery, .. } => ordered(found, subquery),
        Expr::AnyOp { right, .. } => {
            if let Expr::Subquery(query) = bare(right) {
                ordered(found, query);
            }
        }
        Expr::AllOp { compare_op, right, .. } => {
            use BinaryOperator::{Gt, GtEq, Lt, LtEq};
            if let (Expr::Subquery(query), true) =
                (bare(right), matches!(compare_op, Gt | GtEq | Lt | LtEq))
            {
                ordered(found, query);
                let better = if matches!(compare_op, Gt | GtEq) { "max" } else { "min" };
                let more = Construct { other: better.into(), ..Construct::default() };
                found.add("quantified-query", expression, more);
            }
        }
        _ => {}
    }
}

/// Only what such a query finds matters, not in which order.
fn ordered(found: &mut Collector<'_>, query: &Query) {
    let keys = sort_keys(query);
    let limited = query.limit_clause.is_some() || query.fetch.is_some();
    if let (Some(first), false) = (keys.first(), limited) {
        found.add("order-in-subquery", first, Construct::default());
    }
}

fn not_in(found: &mut Collector<'_>, whole: &Expr, query: &Query) {
    let SetExpr::Select(select) = query.body.as_ref() else { return };
    let [SelectItem::UnnamedExpr(only) | SelectItem::ExprWithAlias { expr: only, .. }] =
        select.projection.as_slice()
    else {
        return;
    };
    let Some(asked) = column(only) else { return };
    let mut excluded = false;
    if let Some(condition) = &select.selection {
        inside(condition, &mut |part| {
            if let Expr::IsNotNull(of) | Expr::IsNull(of) = part {
                excluded |= column(of).is_some_and(|of| same_name(&of.name, &asked.name));
            }
        });
    }
    if !excluded {
        let tables = Scope::of(&select.from, &found.ctes).tables_of(asked.qualifier.as_deref());
        let more = Construct { tables, columns: vec![asked.name], ..Construct::default() };
        found.add("not-in-query", whole, more);
    }
}

#[derive(Default)]
struct Census {
    queries: usize,
    joins: usize,
    set_operations: usize,
    natural: Vec<TableFactor>,
    nested: BTreeMap<String, (usize, Query)>,
    ctes: Vec<(String, bool)>,
    tables: Vec<String>,
}

pub fn note_statement(found: &mut Collector<'_>, statement: &Statement) {
    let mut census = Census::default();
    let _ = statement.visit(&mut census);
    let parts = census.queries + census.joins + census.set_operations;
    if census.queries > 1 || census.joins > 0 {
        let more = Construct { count: parts, ..Construct::default() };
        found.add_at("complex-statement", statement.span(), statement, more);
    }
    for relation in &census.natural {
        found.add_at("natural-join", relation.span(), relation, Construct::default());
    }
    for (count, query) in census.nested.values().filter(|(count, _)| *count > 1) {
        let more = Construct { count: *count, ..Construct::default() };
        found.add_at("repeated-subquery", query.span(), query, more);
    }
    for (name, recursive) in &census.ctes {
        let read = census.tables.iter().filter(|table| *table == name).count();
        if read > 1 && !recursive {
            let more = Construct { count: read, other: name.clone(), ..Construct::default() };
            let span = sqlparser::tokenizer::Span::empty();
            found.add_at("with-query-read-again", span, &format!("WITH {name}"), more);
        }
    }
}

impl Census {
    fn with(&mut self, with: &With) {
        let names = with.cte_tables.iter().map(|cte| cte.alias.name.value.clone());
        self.ctes.extend(names.map(|name| (name, with.recursive)));
    }

    /// Queries that read tables, by their text.
    fn nest(&mut self, query: &Query) {
        let reads = query.body.as_select().is_some_and(|select| !select.from.is_empty());
        if reads {
            let known = self.nested.entry(query.to_string());
            known.or_insert_with(|| (0, query.clone())).0 += 1;
        }
    }

    fn joins(&mut self, item: &TableWithJoins) {
        self.joins += item.joins.len();
        for join in &item.joins {
            if matches!(constraint(&join.join_operator), Some(JoinConstraint::Natural)) {
                self.natural.push(join.relation.clone());
            }
        }
    }
}

impl Visitor for Census {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        query.with.iter().for_each(|with| self.with(with));
        let mut pending = vec![query.body.as_ref()];
        while let Some(body) = pending.pop() {
            if let SetExpr::SetOperation { left, right, .. } = body {
                self.set_operations += 1;
                pending.extend([left.as_ref(), right.as_ref()]);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.queries += 1;
        select.from.iter().for_each(|item| self.joins(item));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, .. } => {
                let last = name.0.last().and_then(|part| part.as_ident());
                self.tables.extend(last.map(|name| name.value.clone()));
            }
            TableFactor::Derived { subquery, .. } => self.nest(subquery),
            TableFactor::NestedJoin { table_with_joins, .. } => self.joins(table_with_joins),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Subquery(query)
        | Expr::InSubquery { subquery: query, .. }
        | Expr::Exists { subquery: query, .. } = expression
        {
            self.nest(query);
        }
        ControlFlow::Continue(())
    }
}
