//! Files of schema changes.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded;
use crate::engine::{DbError, DbErrorKind, Session};
use crate::interrupt::Interrupt;
use crate::sql::{Dialect, SplitError, Statement, StatementKind, split};

/// Statements that change the schema, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub path: PathBuf,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Error)]
pub enum ScriptError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{}: {cause}", path.display())]
    Split { path: PathBuf, cause: SplitError },
    #[error("{}, line {line}: {message}", path.display())]
    Statement { path: PathBuf, line: usize, message: String },
    #[error("{} holds no statements", path.display())]
    Empty { path: PathBuf },
}

impl Script {
    /// Reads the file and refuses what is no change of the schema, before anything is touched.
    pub fn read(path: &Path, dialect: &dyn Dialect) -> Result<Script, ScriptError> {
        let owned = || path.to_owned();
        let text = bounded::read_text(path, bounded::LARGE)
            .map_err(|cause| ScriptError::Unreadable { path: owned(), cause })?;
        let statements = split(&text, &dialect.lexis())
            .map_err(|cause| ScriptError::Split { path: owned(), cause })?;
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

    /// Runs every statement, up to the first that fails: its error names file and line.
    pub async fn run(
        &self,
        session: &mut dyn Session,
        interrupt: &Interrupt,
    ) -> Result<(), DbError> {
        for statement in &self.statements {
            let outcome = tokio::select! {
                biased;
                _ = interrupt.wait() => Err(DbError::new(DbErrorKind::Statement, "interrupted")),
                outcome = session.command(&statement.text) => outcome,
            };
            outcome.map_err(|error| {
                let place = format!("{}, line {}", self.path.display(), statement.line);
                DbError { message: format!("{place}: {}", error.message), position: None, ..error }
            })?;
        }
        Ok(())
    }

    pub fn origin(&self, statement: &Statement) -> String {
        format!("from {}, line {}", self.path.display(), statement.line)
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

fn creates_index(statement: &str) -> bool {
    let words: Vec<String> =
        statement.split_whitespace().take(3).map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..])
}
