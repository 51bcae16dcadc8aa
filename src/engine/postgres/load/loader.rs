//! Carrying a script out.

use std::io::BufRead;
use std::time::Duration;

use indicatif::ProgressBar;
use tokio_postgres::Client;

use super::assistance;
use super::command::{self, Command};
use super::copy;
use super::lines::Lines;
use super::splitter::{Piece, Splitter};
use super::statement::Statement;
use super::tolerance::Tolerance;
use crate::bounded;
use crate::engine::postgres::connect::{self, Link, Target};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, LoadError, LoadReport};

/// Where a script runs: a connection, and how to reach another database of the same server.
pub struct Place<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub connect_timeout: Duration,
    /// Of the server.
    pub major: u32,
}

/// Loading takes as long as it takes; whatever a script sets is undone by the caller.
const PATIENCE: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// The database that a script has moved to, and the connection to it.
pub struct Elsewhere {
    pub target: Target,
    pub link: Link,
}

/// Carries `source` out to its end or to its first error. Where it moved with `\connect`, it also
/// returns the connection it ended on.
pub async fn load(
    place: Place<'_>,
    source: &mut (dyn BufRead + Send),
    name: &str,
    progress: &ProgressBar,
) -> (Result<LoadReport, LoadError>, Option<Elsewhere>) {
    let lines = Lines::new(source, name, progress);
    let report = LoadReport::default();
    let tolerance = Tolerance::new(place.major);
    let mut loader =
        Loader { place, elsewhere: None, lines, report, tolerance, in_transaction: false };
    let result = match loader.make_patient(0).await {
        Ok(()) => loader.run().await,
        Err(error) => Err(error),
    };
    loader.report.bytes = loader.lines.bytes;
    let Loader { elsewhere, report, .. } = loader;
    (result.map(|()| report), elsewhere)
}

struct Loader<'a> {
    place: Place<'a>,
    /// After `\connect`.
    elsewhere: Option<Elsewhere>,
    lines: Lines<'a>,
    report: LoadReport,
    tolerance: Tolerance,
    in_transaction: bool,
}

impl Loader<'_> {
    async fn run(&mut self) -> Result<(), LoadError> {
        let mut splitter = Splitter::default();
        let mut pieces = Vec::new();
        while let Some(line) = self.lines.next()? {
            let line = line.to_vec();
            self.tolerance.read_comment(&line);
            splitter.feed(&line, self.lines.number, &mut pieces);
            if let Some(error) = bounded::endless(splitter.pending()) {
                return Err(self.lines.unreadable(splitter.begun(), error));
            }
            for piece in pieces.drain(..) {
                if !self.carry_out(piece).await? {
                    return Ok(());
                }
            }
        }
        match splitter.finish() {
            Ok(last) => self.carry_out_last(last).await,
            Err((what, line)) => {
                Err(LoadError::Unfinished { name: self.name(), line, what: what.to_owned() })
            }
        }
    }

    async fn carry_out_last(&mut self, piece: Option<Piece>) -> Result<(), LoadError> {
        if let Some(piece) = piece {
            self.carry_out(piece).await?;
        }
        Ok(())
    }

    /// False when the script asks to stop.
    async fn carry_out(&mut self, piece: Piece) -> Result<bool, LoadError> {
        match piece {
            Piece::Statement { text, line } => {
                self.statement(&text, line).await?;
                Ok(true)
            }
            Piece::Command { text, line, amid } => self.command(&text, line, amid).await,
        }
    }

    async fn statement(&mut self, text: &[u8], line: u64) -> Result<(), LoadError> {
        let text = std::str::from_utf8(text).map_err(|_| {
            let head = String::from_utf8_lossy(text).chars().take(40).collect();
            self.refused(line, head, "it is not UTF-8; convert the file with iconv first")
        })?;
        let statement = Statement::new(text.trim_end());
        if statement.is_copy_from_stdin() {
            let client = client(&self.elsewhere, &self.place);
            self.report.rows += copy::copy(client, &statement, line, &mut self.lines).await?;
            self.report.statements += 1;
            return Ok(());
        }
        match self.run_statement(&statement).await {
            Ok(()) => self.report.statements += 1,
            Err(error) => match self.tolerance.pass_over(&statement, &error) {
                Some(reason) => self.report.note(reason, line),
                None => return Err(self.failed(line, statement.head(), error)),
            },
        }
        self.follow_transaction(&statement);
        Ok(())
    }

    /// A failure that will be passed over must not abort the script's own transaction.
    async fn run_statement(&mut self, statement: &Statement<'_>) -> Result<(), DbError> {
        let client = client(&self.elsewhere, &self.place);
        let may_fail = self.tolerance.may_fail(statement) || assistance::can_help(statement);
        if !self.in_transaction || !may_fail {
            let result = query::drain_all(client, statement.text).await;
            return match result {
                Err(error) => assistance::assist(client, statement, error).await,
                done => done,
            };
        }
        match guarded(client, query::run(client, statement.text)).await {
            Err(error) => guarded(client, assistance::assist(client, statement, error)).await,
            done => done,
        }
    }

    fn follow_transaction(&mut self, statement: &Statement<'_>) {
        if statement.begins("begin") || statement.begins("start transaction") {
            self.in_transaction = true;
        }
        let ends = ["commit", "end", "rollback", "abort", "prepare transaction"];
        if ends.iter().any(|words| statement.begins(words)) && statement.after("to").is_none() {
            self.in_transaction = false;
        }
    }

    async fn command(&mut self, text: &[u8], line: u64, amid: bool) -> Result<bool, LoadError> {
        let text = String::from_utf8_lossy(text);
        let name = text.split_whitespace().next().unwrap_or_default().to_owned();
        if amid {
            let reason =
                "it stands in the middle of a statement; end the statement with a semicolon";
            return Err(self.refused(line, name, reason));
        }
        match command::read(&text) {
            Command::Ignore => Ok(true),
            Command::Quit => Ok(false),
            Command::Refuse(reason) => Err(self.refused(line, name, reason)),
            Command::Connect(database) => {
                self.connect(database, line).await?;
                Ok(true)
            }
        }
    }

    async fn connect(&mut self, database: String, line: u64) -> Result<(), LoadError> {
        self.elsewhere = None;
        if database != self.place.target.database {
            let target = self.place.target.with_database(&database);
            let link = connect::open(&target, self.place.connect_timeout).await;
            let link =
                link.map_err(|error| self.failed(line, format!(r"\connect {database}"), error))?;
            self.elsewhere = Some(Elsewhere { target, link });
            self.report.database = Some(database);
        } else {
            self.report.database = None;
        }
        self.in_transaction = false;
        self.make_patient(line).await
    }

    async fn make_patient(&mut self, line: u64) -> Result<(), LoadError> {
        let set = query::run(client(&self.elsewhere, &self.place), PATIENCE).await;
        set.map_err(|error| self.failed(line, "SET statement_timeout".to_owned(), error))
    }

    fn name(&self) -> String {
        self.lines.name().to_owned()
    }

    fn failed(&self, line: u64, statement: String, error: DbError) -> LoadError {
        LoadError::Statement { name: self.name(), line, statement, error }
    }

    fn refused(&self, line: u64, command: String, reason: &str) -> LoadError {
        LoadError::Refused { name: self.name(), line, command, reason: reason.to_owned() }
    }
}

/// A failure of `work` leaves the transaction around it as it was.
async fn guarded(
    client: &Client,
    work: impl Future<Output = Result<(), DbError>>,
) -> Result<(), DbError> {
    query::run(client, "SAVEPOINT planwise_load").await?;
    match work.await {
        Ok(()) => query::run(client, "RELEASE planwise_load").await,
        Err(error) => {
            query::run(client, "ROLLBACK TO planwise_load; RELEASE planwise_load").await?;
            Err(error)
        }
    }
}

fn client<'a>(elsewhere: &'a Option<Elsewhere>, place: &'a Place<'_>) -> &'a Client {
    elsewhere.as_ref().map_or(place.client, |elsewhere| &elsewhere.link.client)
}

/// Before the first line, or after the last one.
pub fn start_failed(name: &str, error: DbError) -> LoadError {
    let statement = "setting up the session".to_owned();
    LoadError::Statement { name: name.to_owned(), line: 0, statement, error }
}
