//! Conditions between two columns of the same row: what was delivered late, what ends before it begins.
//!
//! No key finds such rows, but an index can hold them and no others. That serves every execution, since nothing
//! of it is a parameter, and the index need not carry the compared columns: what it holds meets the condition.

use std::collections::BTreeSet;

use crate::engine::{Column, Table};
use crate::plan::Node;
use crate::sql::{ColumnRef, Operand, Predicate};

use super::needed;
use super::types::{Compared, Grammar};

/// Share of the rows that meets one comparison, as planners guess it: no statistics tell.
const SHARE: f64 = 1.0 / 3.0;

/// All comparisons of the scan `node`, with what the query reads besides. `None` when there are none.
pub fn compared(
    node: &Node,
    path: &[&Node],
    aliases: &[&str],
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<Compared> {
    let filter = node.filter.as_deref()?;
    let mut terms: BTreeSet<String> = BTreeSet::new();
    let mut columns = BTreeSet::new();
    let mut rest: Vec<String> = Vec::new();
    for predicate in grammar.serving().conjuncts(filter, Some(table)) {
        match term(&predicate, aliases, table) {
            Some(term) => {
                columns.extend([term.smaller.name.clone(), term.larger.name.clone()]);
                terms.insert(term.text(grammar));
            }
            None => rest.push(format!("({})", predicate.text)),
        }
    }
    if terms.is_empty() {
        return None;
    }
    let share = SHARE.powi(i32::try_from(terms.len()).unwrap_or(i32::MAX));
    let condition = match terms.len() {
        1 => terms.into_iter().collect(),
        _ => format!("({})", terms.into_iter().collect::<Vec<_>>().join(" AND ")),
    };
    let without = Node { filter: Some(rest.join(" AND ")), ..node.clone() };
    let needed = needed::needed(&without, path, aliases, table, grammar);
    Some(Compared { condition, columns, share, needed })
}

/// The smaller side first, so that it is spelled alike whichever way round a query has it.
struct Term<'t> {
    smaller: &'t Column,
    op: &'static str,
    larger: &'t Column,
}

impl Term<'_> {
    fn text(&self, grammar: Grammar<'_>) -> String {
        let quoted = |column: &Column| grammar.dialect.quote_identifier(&column.name);
        format!("({} {} {})", quoted(self.smaller), self.op, quoted(self.larger))
    }
}

/// Columns of different types are left alone: comparing them may depend on settings, which no index allows.
fn term<'t>(predicate: &Predicate, aliases: &[&str], table: &'t Table) -> Option<Term<'t>> {
    let (Some(left), Operand::Column(right)) = (&predicate.column, &predicate.operand) else {
        return None;
    };
    if predicate.expression.is_some() || predicate.cast.is_some() {
        return None;
    }
    let own = |column: &ColumnRef| {
        let qualifier = column.qualifier.as_deref();
        qualifier.is_none_or(|q| aliases.contains(&q)).then(|| table.column(&column.name))?
    };
    let (left, right) = (own(left)?, own(right)?);
    if left.data_type != right.data_type {
        return None;
    }
    match predicate.op.as_str() {
        "<" => Some(Term { smaller: left, op: "<", larger: right }),
        "<=" => Some(Term { smaller: left, op: "<=", larger: right }),
        ">" => Some(Term { smaller: right, op: "<", larger: left }),
        ">=" => Some(Term { smaller: right, op: "<=", larger: left }),
        _ => None,
    }
}
