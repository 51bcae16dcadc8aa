//! `--ddl FILE`: the user's own changes, measured as ours are.

use std::time::Instant;

use super::apply::interrupted;
use super::change::Change;
use crate::advise::{Advice, IndexAdvice, Outcome, StatisticsAdvice};
use crate::ddl::Script;
use crate::engine::{Catalog, DbError, Engine, Index, Session};
use crate::interrupt::Interrupt;
use crate::rule::GainClass;
use crate::sql::Statement;

/// Runs every statement; what each has brought into being is seen in the catalog. Statements that
/// fail are recorded as failed, and the next is tried.
pub async fn apply_script(
    script: &Script,
    session: &mut dyn Session,
    engine: &dyn Engine,
    advice: &mut Advice,
    interrupt: &Interrupt,
) -> Result<Vec<Change>, DbError> {
    let mut standing = Vec::new();
    let mut known = session.catalog().await?;
    for statement in &script.statements {
        if interrupt.is_set() {
            break;
        }
        let started = Instant::now();
        let outcome = tokio::select! {
            biased;
            _ = interrupt.wait() => Err(interrupted()),
            outcome = session.command(&statement.text) => outcome,
        };
        let seconds = started.elapsed().as_secs_f64();
        if let Err(error) = outcome {
            if error.ends_session() {
                return Err(error);
            }
            remove_leftovers(session, engine, &known).await?;
            let failed = Outcome::Failed { error: error.to_string() };
            record_other(script, statement, advice, failed);
            continue;
        }
        let now = session.catalog().await?;
        standing.extend(record(script, statement, (&known, &now), engine, seconds, advice));
        known = now;
    }
    Ok(standing)
}

fn record(
    script: &Script,
    statement: &Statement,
    (before, now): (&Catalog, &Catalog),
    engine: &dyn Engine,
    seconds: f64,
    advice: &mut Advice,
) -> Vec<Change> {
    let created = created(before, now);
    if created.is_empty() {
        record_other(script, statement, advice, Outcome::Proposed);
        return vec![Change::Statistics(advice.statistics.len() - 1)];
    }
    let first = advice.indexes.len();
    for (schema, table, index) in created {
        let undo = engine
            .index_grammar()
            .map(|grammar| grammar.drop(schema, table, &index.name))
            .unwrap_or_default();
        let place = (schema, table);
        advice.indexes.push(index_advice(script, statement, place, index, undo, seconds));
    }
    (first..advice.indexes.len()).map(Change::Index).collect()
}

fn record_other(script: &Script, statement: &Statement, advice: &mut Advice, outcome: Outcome) {
    advice.statistics.push(StatisticsAdvice {
        statement: statement.text.clone(),
        undo: None,
        rule: "--ddl".to_owned(),
        why: script.origin(statement),
        outcome,
    });
}

fn index_advice(
    script: &Script,
    statement: &Statement,
    (schema, table): (&str, &str),
    index: &Index,
    undo: String,
    seconds: f64,
) -> IndexAdvice {
    IndexAdvice {
        online: Vec::new(),
        name: index.name.clone(),
        schema: schema.to_owned(),
        table: table.to_owned(),
        columns: index.keys.iter().map(|key| key.text.clone()).collect(),
        include: index.include.clone(),
        method: index.method.clone(),
        predicate: index.predicate.clone(),
        ddl: statement.text.clone(),
        steps: Vec::new(),
        undo,
        requires: None,
        hypothetical_bytes: None,
        write_overhead: None,
        cost_before: None,
        cost_after: None,
        absence_cost: None,
        story: None,
        definition: None,
        parts: Vec::new(),
        effects: Vec::new(),
        size_bytes: Some(index.bytes),
        build_seconds: Some(seconds),
        queries: Vec::new(),
        why: script.origin(statement),
        costs: Vec::new(),
        class: GainClass::Measured,
        saved_ms: None,
        outcome: Outcome::Proposed,
    }
}

/// A concurrent build that fails or is given up leaves an invalid index behind.
async fn remove_leftovers(
    session: &mut dyn Session,
    engine: &dyn Engine,
    known: &Catalog,
) -> Result<(), DbError> {
    let Some(grammar) = engine.index_grammar() else { return Ok(()) };
    let now = session.catalog().await?;
    for (schema, table, index) in created(known, &now) {
        session.command(&grammar.drop(schema, table, &index.name)).await?;
    }
    Ok(())
}

/// Indexes that are there now and were not before, with the schema and name of their table.
fn created<'c>(before: &Catalog, now: &'c Catalog) -> Vec<(&'c str, &'c str, &'c Index)> {
    let known = |schema: &str, name: &str| {
        let tables = before.tables.iter().filter(|table| table.schema == schema);
        tables.flat_map(|table| &table.indexes).any(|index| index.name == name)
    };
    let mut created = Vec::new();
    for table in &now.tables {
        let new = table.indexes.iter().filter(|index| !known(&table.schema, &index.name));
        created.extend(new.map(|index| (table.schema.as_str(), table.name.as_str(), index)));
    }
    created
}
