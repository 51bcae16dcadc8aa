//! `--ddl FILE`: the user's own changes, measured as ours are.

use std::path::{Path, PathBuf};
use std::time::Instant;

use thiserror::Error;

use super::apply::interrupted;
use super::change::Change;
use crate::advise::{Advice, IndexAdvice, Outcome, StatisticsAdvice};
use crate::engine::{Catalog, DbError, Engine, Index, Session};
use crate::interrupt::Interrupt;
use crate::rule::GainClass;
use crate::sql::{Dialect, SplitError, Statement, StatementKind, split};

/// Statements that change the schema, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub path: PathBuf,
    statements: Vec<Statement>,
}

#[derive(Debug, Error)]
pub enum ScriptError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {source}", path.display())]
    Split { path: PathBuf, source: SplitError },
    #[error("{}, line {line}: {message}", path.display())]
    Statement { path: PathBuf, line: usize, message: String },
    #[error("{} holds no statements", path.display())]
    Empty { path: PathBuf },
}

impl Script {
    /// Reads the file and refuses what is no change of the schema, before anything is touched.
    pub fn read(path: &Path, dialect: &dyn Dialect) -> Result<Script, ScriptError> {
        let owned = || path.to_owned();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScriptError::Unreadable { path: owned(), source })?;
        let statements = split(&text, &dialect.lexis())
            .map_err(|source| ScriptError::Split { path: owned(), source })?;
        if statements.is_empty() {
            return Err(ScriptError::Empty { path: owned() });
        }
        for statement in &statements {
            let line = statement.line;
            check(statement, dialect).map_err(|message| ScriptError::Statement {
                path: owned(),
                line,
                message,
            })?;
        }
        Ok(Script { path: owned(), statements })
    }

    /// The first statement that is not known to be undone by dropping an index: such a script is
    /// for a copy, never for a database that must be as before when something fails.
    pub fn first_without_undo(&self) -> Option<&Statement> {
        self.statements.iter().find(|statement| !creates_index(&statement.text))
    }

    /// Runs every statement; what each has brought into being is seen in the catalog. Statements that
    /// fail are recorded as failed, and the next is tried.
    pub async fn apply(
        &self,
        session: &mut dyn Session,
        engine: &dyn Engine,
        advice: &mut Advice,
        interrupt: &Interrupt,
    ) -> Result<Vec<Change>, DbError> {
        let mut standing = Vec::new();
        let mut known = session.catalog().await?;
        for statement in &self.statements {
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
                self.record_other(statement, advice, failed);
                continue;
            }
            let now = session.catalog().await?;
            standing.extend(self.record(statement, (&known, &now), engine, seconds, advice));
            known = now;
        }
        Ok(standing)
    }

    fn record(
        &self,
        statement: &Statement,
        (before, now): (&Catalog, &Catalog),
        engine: &dyn Engine,
        seconds: f64,
        advice: &mut Advice,
    ) -> Vec<Change> {
        let created = created(before, now);
        if created.is_empty() {
            self.record_other(statement, advice, Outcome::Proposed);
            return vec![Change::Statistics(advice.statistics.len() - 1)];
        }
        let first = advice.indexes.len();
        for (schema, table, index) in created {
            let undo = engine
                .index_grammar()
                .map(|grammar| grammar.drop(schema, table, &index.name))
                .unwrap_or_default();
            let place = (schema, table);
            advice.indexes.push(self.index_advice(statement, place, index, undo, seconds));
        }
        (first..advice.indexes.len()).map(Change::Index).collect()
    }

    fn record_other(&self, statement: &Statement, advice: &mut Advice, outcome: Outcome) {
        advice.statistics.push(StatisticsAdvice {
            statement: statement.text.clone(),
            undo: None,
            rule: "--ddl".to_owned(),
            why: self.origin(statement),
            outcome,
        });
    }

    fn origin(&self, statement: &Statement) -> String {
        format!("from {}, line {}", self.path.display(), statement.line)
    }

    fn index_advice(
        &self,
        statement: &Statement,
        (schema, table): (&str, &str),
        index: &Index,
        undo: String,
        seconds: f64,
    ) -> IndexAdvice {
        IndexAdvice {
            name: index.name.clone(),
            schema: schema.to_owned(),
            table: table.to_owned(),
            columns: index.keys.iter().map(|key| key.text.clone()).collect(),
            include: index.include.clone(),
            method: index.method.clone(),
            predicate: index.predicate.clone(),
            ddl: statement.text.clone(),
            undo,
            requires: None,
            size_bytes: Some(index.bytes),
            build_seconds: Some(seconds),
            queries: Vec::new(),
            why: self.origin(statement),
            costs: Vec::new(),
            class: GainClass::Measured,
            saved_ms: None,
            outcome: Outcome::Proposed,
        }
    }
}

/// Queries and transactions have no place in it; what cannot be parsed is better asked about now than half-way.
fn check(statement: &Statement, dialect: &dyn Dialect) -> Result<(), String> {
    let shape = dialect.shape(&statement.text).map_err(|error| error.message)?;
    match shape.kind {
        StatementKind::Read => Err("this is a query; --ddl takes changes to measure".to_owned()),
        StatementKind::Write => {
            Err("this changes rows; before and after would not hold the same data".to_owned())
        }
        StatementKind::Ddl | StatementKind::Utility => Ok(()),
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

fn creates_index(statement: &str) -> bool {
    let words: Vec<String> =
        statement.split_whitespace().take(3).map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..])
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
