//! Relations of a query that no condition links.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Query, Spanned, TableFactor, TableWithJoins, Visit, Visitor,
};

use super::collect::Collector;
use super::scope::{Relation, Scope, Source};
use super::tree::{bare, column, conjuncts, is_fixed};
use crate::sql::Construct;

pub fn note(found: &mut Collector<'_>, scope: &Scope, condition: Option<&Expr>) {
    // What stands in FROM beside tables may refer to any of them.
    let reaching =
        |source: Source| matches!(source, Source::Other | Source::Query { lateral: true });
    if scope.relations.len() < 2 || scope.relations.iter().any(|r| reaching(r.source)) {
        return;
    }
    let Some(groups) = linked(scope, condition) else { return };
    let apart = (0..scope.relations.len()).filter(|i| groups[*i] == *i);
    let tables: Vec<&Relation> = apart
        .map(|i| &scope.relations[i])
        .filter(|r| r.source == Source::Table && !r.crossed)
        .collect();
    if let [first, .., last] = tables.as_slice() {
        let more = Construct {
            count: tables.len(),
            tables: last.table.iter().cloned().collect(),
            other: first.name.clone(),
            ..Construct::default()
        };
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let span = sqlparser::tokenizer::Span::empty();
        found.add_at("cartesian-product", span, &names.join(", "), more);
    }
}

/// For each relation the first one of its group; those that are pinned to a value, or of which only one row can be
/// meant, belong to the group of all. `None` where a column without a table's name could belong to any.
fn linked(scope: &Scope, condition: Option<&Expr>) -> Option<Vec<usize>> {
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
        let mut mentioned = Mentions::default();
        let _ = conjunct.visit(&mut mentioned);
        if mentioned.bare_outside {
            return None;
        }
        let foreign = mentioned.names.iter().any(|name| index(name).is_none());
        let members: BTreeSet<usize> = mentioned.names.iter().filter_map(|n| index(n)).collect();
        join(&members, &mut groups);
        if foreign || is_pin(conjunct) {
            pinned.extend(members);
        }
    }
    if !pinned.is_empty() {
        // A relation of few rows may be joined with anything.
        pinned.insert(0);
        join(&pinned, &mut groups);
    }
    Some(groups)
}

/// `column = fixed value`.
fn is_pin(conjunct: &Expr) -> bool {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = bare(conjunct) else {
        return false;
    };
    (column(left).is_some() && is_fixed(right)) || (is_fixed(left) && column(right).is_some())
}

/// Qualifiers of all columns, also in queries inside.
#[derive(Default)]
struct Mentions {
    queries: usize,
    names: Vec<String>,
    /// A column without a table's name stands outside of those queries.
    bare_outside: bool,
}

impl Visitor for Mentions {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries = self.queries.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let is_name = matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        if let Some(column) = column(expression).filter(|_| is_name) {
            match column.qualifier {
                Some(qualifier) => self.names.push(qualifier),
                None => self.bare_outside |= self.queries == 0,
            }
        }
        ControlFlow::Continue(())
    }
}

pub fn note_commas(found: &mut Collector<'_>, from: &[TableWithJoins]) {
    let joined = from.iter().filter(|item| !item.joins.is_empty()).count();
    let is_table =
        |item: &&TableWithJoins| matches!(item.relation, TableFactor::Table { args: None, .. });
    let plain = from.iter().filter(|item| item.joins.is_empty()).filter(is_table).count();
    if let (Some(first), true) = (from.first(), joined > 0 && plain > 0) {
        let more = Construct { count: joined + plain, ..Construct::default() };
        found.add_at("comma-and-join", first.span(), first, more);
    }
}
