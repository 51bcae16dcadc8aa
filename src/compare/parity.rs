//! Do both sides answer alike? Rows are read once more, outside of the measurement.

use super::answers::differing;
use super::{Cause, Comparison, Level, Pair, RowExample, Signal};
use crate::engine::{Answer, Catalog, DbError, Session, answered};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::Target;
use crate::sql::{Shape, StatementKind};
use crate::workload::{Query, Workload};

/// Rows kept of each answer; a longer one is compared as far as it goes, if its order is fixed.
const MOST_ROWS: usize = 50_000;
/// Parameter sets of each query that are tried.
const MOST_SETS: usize = 20;

/// Compares the results of every query that both sides measured, and adds a signal to those that
/// differ. An error means that a session is lost.
pub async fn parity(
    pair: Pair<'_>,
    workload: &Workload,
    comparison: &mut Comparison,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<(), DbError> {
    let mut sides =
        Sides { before: Side::open(pair.before.0).await?, after: Side::open(pair.after.0).await? };
    let bar = progress.bar(workload.queries.len() as u64, "comparing results");
    let (mut alike, mut untold) = (0, Vec::new());
    for query in &workload.queries {
        if interrupt.is_set() {
            break;
        }
        bar.inc(1);
        let reads = query.shape.as_ref().is_ok_and(|shape| shape.kind == StatementKind::Read);
        let Some(compared) = comparison.queries.iter_mut().find(|c| c.query == query.id) else {
            continue;
        };
        if !reads || compared.blocks == 0 {
            continue;
        }
        match sides.judge(query, &pair.before.1.catalog).await? {
            Finding::Alike => alike += 1,
            Finding::Untold(why) => untold.push(format!("{}: {why}", query.id)),
            Finding::Differs(signal) => {
                compared.signals.push(signal);
                compared.signals.sort_by_key(|signal| std::cmp::Reverse(signal.level));
            }
        }
    }
    bar.finish_and_clear();
    comparison
        .notes
        .push(format!("Results of {alike} queries are the same on both sides, row by row."));
    comparison.notes.extend(untold.into_iter().map(|why| format!("Results not compared: {why}.")));
    Ok(())
}

struct Sides<'a> {
    before: Side<'a>,
    after: Side<'a>,
}

struct Side<'a> {
    session: Box<dyn Session>,
    target: &'a Target,
}

impl<'a> Side<'a> {
    async fn open(target: &'a Target) -> Result<Side<'a>, DbError> {
        Ok(Side { session: target.connect().await?, target })
    }

    /// The inner error is the statement's own; the outer one ends the session.
    async fn read(
        &mut self,
        query: &Query,
        params: &[Option<String>],
    ) -> Result<Result<Answer, DbError>, DbError> {
        self.session.under(&query.settings);
        let answer = self.session.answer(&query.sql, params, MOST_ROWS);
        match answered(&self.target.options, answer).await {
            Err(error) if error.ends_session() => Err(error),
            outcome => Ok(outcome),
        }
    }
}

enum Finding {
    Alike,
    Untold(String),
    Differs(Signal),
}

impl Sides<'_> {
    async fn judge(&mut self, query: &Query, catalog: &Catalog) -> Result<Finding, DbError> {
        let none = vec![Vec::new()];
        let sets = if query.params.is_empty() { &none } else { &query.params };
        let Ok(shape) = &query.shape else { return Ok(Finding::Alike) };
        let ordered = has_total_order(shape, catalog);
        for (number, params) in sets.iter().take(MOST_SETS).enumerate() {
            let before = self.before.read(query, params).await?;
            let after = self.after.read(query, params).await?;
            let (before, after) = match (before, after) {
                (Ok(before), Ok(after)) => (before, after),
                (Err(error), _) | (_, Err(error)) => return Ok(Finding::Untold(error.message)),
            };
            if (before.cut || after.cut) && !ordered {
                let why = format!("more than {MOST_ROWS} rows in no fixed order");
                return Ok(Finding::Untold(why));
            }
            let examples = differing(&before, &after, ordered, number);
            if examples.is_empty() && before.columns.len() == after.columns.len() {
                continue;
            }
            let again = self.before.read(query, params).await?;
            let varies =
                again.is_ok_and(|again| !differing(&before, &again, ordered, number).is_empty());
            return Ok(match varies {
                true => {
                    Finding::Untold("its result varies from one execution to the next".to_owned())
                }
                false => Finding::Differs(signal(shape, ordered, examples)),
            });
        }
        Ok(Finding::Alike)
    }
}

/// With LIMIT and an order that leaves ties open, either answer may be right.
fn signal(shape: &Shape, ordered: bool, examples: Vec<RowExample>) -> Signal {
    let (level, message) = match shape.limit.is_some() && !ordered {
        true => (
            Level::Warning,
            "other rows are returned; the query has a LIMIT and no total order, so both may be right",
        ),
        false => (Level::Error, "RESULTS DIFFER: other rows are returned"),
    };
    Signal::new(level, message, Cause::ResultsDiffer { examples })
}

/// It sorts the rows of one table by all columns of a unique key without NULLs: then the order of the
/// answer is part of the answer.
fn has_total_order(shape: &Shape, catalog: &Catalog) -> bool {
    let [table] = shape.tables.as_slice() else { return false };
    if shape.aggregates || shape.order_by.is_empty() {
        return false;
    }
    let Some(table) = catalog.table(table.schema.as_deref(), &table.name) else { return false };
    let sorted = |name: &str| {
        let mut columns = shape.order_by.iter().filter_map(|key| key.column.as_ref());
        columns.any(|column| column.name == name)
    };
    table.indexes.iter().any(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && index.keys.iter().all(|key| {
                let column = key.column.as_deref().and_then(|name| table.column(name));
                column.is_some_and(|column| column.not_null && sorted(&column.name))
            })
    })
}
