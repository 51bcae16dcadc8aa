//! How many rows are in a state, where the statistics of one column do not tell: the planner is asked.

use crate::engine::{DbError, Index, KeySubject, Table};

use super::access::{Access, Grammar, Restriction, State};
use super::selection::Search;
use crate::sql::{Operand, PredicateKind};

/// A condition on two states at once must leave this share of what the rarer one does, to be worth being so special.
const WORTH_COMBINING: f64 = 0.25;

/// Fills in the shares of all states, and adds to those of each access the state in which all of them hold.
pub async fn fill(
    accesses: &mut [Access<'_>],
    search: &mut Search<'_>,
    grammar: Grammar<'_>,
) -> Result<(), DbError> {
    for access in accesses {
        ranges(access, search, grammar).await?;
        for at in 0..access.states.len() {
            if access.states[at].share.is_none() {
                access.states[at].share =
                    share(access, &access.states[at].condition, search, grammar).await?;
            }
        }
        let Some(mut all) = together(&access.states) else { continue };
        all.share = share(access, &all.condition, search, grammar).await?;
        let rarest = access.states.iter().filter_map(|state| state.share).fold(1.0, f64::min);
        if all.share.is_some_and(|share| share <= rarest * WORTH_COMBINING) {
            access.states.push(all);
        }
    }
    Ok(())
}

/// What the only range on a column keeps: a key for `due < now()` is worth nothing where everything is due. Of two
/// ends, each alone may keep most rows.
async fn ranges(
    access: &mut Access<'_>,
    search: &mut Search<'_>,
    grammar: Grammar<'_>,
) -> Result<(), DbError> {
    let texts: Vec<(usize, String)> = access
        .restrictions
        .iter()
        .enumerate()
        .filter(|(_, r)| r.selectivity.is_none())
        .filter(|(_, r)| r.predicate.kind == PredicateKind::Range || is_untold(r, access.table))
        .filter(|(at, r)| {
            let others = access.restrictions.iter().enumerate().filter(|(other, _)| other != at);
            others.into_iter().all(|(_, other)| other.subject != r.subject)
        })
        .filter_map(|(at, r)| {
            Some((at, grammar.indexes.unqualified(&r.predicate.text, &access.alias)?))
        })
        .collect();
    for (at, text) in texts {
        access.restrictions[at].selectivity = share(access, &text, search, grammar).await?;
    }
    Ok(())
}

/// A value is looked for, and no statistics of a column say how common it is. Those of an expression are not in the
/// catalog: the planner may know them.
fn is_untold(restriction: &Restriction, table: &Table) -> bool {
    let KeySubject::Column(name) = &restriction.subject else {
        return match restriction.predicate.kind {
            PredicateKind::Boolean => true,
            PredicateKind::Equality => {
                matches!(restriction.predicate.operand, Operand::Constant(_))
            }
            _ => false,
        };
    };
    let known = table.column(name).is_some_and(|column| !column.common_values.is_empty());
    let leads =
        |index: &Index| index.keys.first().and_then(|key| key.column.as_ref()) == Some(name);
    restriction.predicate.kind == PredicateKind::Equality
        && matches!(restriction.predicate.operand, Operand::Constant(_))
        && !known
        && table.column(name).is_some_and(|column| column.distinct.is_none())
        && !table.indexes.iter().any(leads)
}

fn together(states: &[State]) -> Option<State> {
    let conditions: Vec<&str> = states.iter().map(|state| state.condition.as_str()).collect();
    (states.len() > 1).then(|| State {
        condition: format!("({})", conditions.join(" AND ")),
        columns: states.iter().flat_map(|state| state.columns.clone()).collect(),
        texts: states.iter().flat_map(|state| state.texts.clone()).collect(),
        share: None,
    })
}

async fn share(
    access: &Access<'_>,
    condition: &str,
    search: &mut Search<'_>,
    grammar: Grammar<'_>,
) -> Result<Option<f64>, DbError> {
    let quoted = |name: &str| grammar.dialect.quote_identifier(name);
    let table = format!("{}.{}", quoted(&access.table.schema), quoted(&access.table.name));
    let rows = search.rows(&format!("SELECT 1 FROM {table} WHERE {condition}")).await?;
    Ok(rows.map(|rows| (rows / access.table.rows.max(1.0)).min(1.0)))
}
