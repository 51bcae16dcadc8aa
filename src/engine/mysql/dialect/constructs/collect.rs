//! One pass through the parse tree, with what is known of the queries around each place.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Select, Statement, Visitor};

use super::excerpt::Source;
use super::scope::Scope;
use super::{clauses, comparisons, joins, links, subqueries, writes};
use crate::sql::{ColumnRef, Construct};

pub struct Collector<'s> {
    source: Source<'s>,
    pub found: Vec<Construct>,
    /// Innermost last.
    pub scopes: Vec<Scope>,
    /// Names of all WITH queries so far.
    pub ctes: Vec<String>,
    /// Queries open, the statement's own included.
    pub depth: usize,
}

impl<'s> Collector<'s> {
    pub fn of(sql: &'s str) -> Collector<'s> {
        Collector {
            source: Source::of(sql),
            found: Vec::new(),
            scopes: Vec::new(),
            ctes: Vec::new(),
            depth: 0,
        }
    }

    pub fn add(&mut self, kind: &'static str, at: &Expr, more: Construct) {
        let (offset, excerpt) = self.source.expression(at);
        self.push(kind, offset, excerpt, more);
    }

    /// What is no expression.
    pub fn add_at(
        &mut self,
        kind: &'static str,
        span: sqlparser::tokenizer::Span,
        text: &dyn std::fmt::Display,
        more: Construct,
    ) {
        let (offset, excerpt) = self.source.excerpt(span).unwrap_or_else(|| (0, text.to_string()));
        self.push(kind, offset, excerpt, more);
    }

    fn push(&mut self, kind: &'static str, offset: usize, excerpt: String, more: Construct) {
        let count = more.count.max(1);
        self.found.push(Construct { kind, excerpt, offset, count, ..more });
    }

    /// What concerns one column, of the tables that it may belong to.
    pub fn of_column(&self, column: &ColumnRef) -> Construct {
        let (columns, qualifier) = (vec![column.name.clone()], column.qualifier.as_deref());
        let knows = |scope: &&Scope| match qualifier {
            Some(name) => scope.relation(name).is_some(),
            None => !scope.relations.is_empty(),
        };
        let Some(scope) = self.scopes.iter().rev().find(knows) else {
            return Construct { columns, ..Construct::default() };
        };
        let tables = scope.tables_of(qualifier);
        let filled_up = scope.may_be_filled_up(qualifier);
        Construct { tables, columns, filled_up, ..Construct::default() }
    }

    /// The column of `side`, where it is one.
    pub fn of_side(&self, side: &Expr) -> Construct {
        super::tree::column(side).map(|column| self.of_column(&column)).unwrap_or_default()
    }

    /// What the query, whose relations are `scope`, says in its conditions.
    fn conditions(&mut self, scope: Scope, condition: Option<&Expr>) {
        links::note(self, &scope, condition);
        joins::note(self, &scope, condition);
        let own: Vec<Expr> = scope.conditions.iter().map(|c| c.expression.clone()).collect();
        self.scopes.push(scope);
        for condition in own.iter().chain(condition) {
            comparisons::note_condition(self, condition);
        }
    }
}

impl Visitor for Collector<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.ctes.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.clone()));
        }
        self.depth += 1;
        clauses::note_query(self, query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let scope = Scope::of(&select.from, &self.ctes);
        links::note_commas(self, &select.from);
        clauses::note_select(self, select, &scope);
        self.conditions(scope, select.selection.as_ref());
        comparisons::note_output(self, select);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        writes::note(self, statement);
        let (scope, condition) = match statement {
            Statement::Update(update) => {
                (Scope::of(std::slice::from_ref(&update.table), &[]), update.selection.as_ref())
            }
            Statement::Delete(delete) => {
                (Scope::of(writes::read_by(delete), &[]), delete.selection.as_ref())
            }
            _ => (Scope::default(), None),
        };
        self.conditions(scope, condition);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        comparisons::note_anywhere(self, expression);
        subqueries::note(self, expression);
        ControlFlow::Continue(())
    }
}
