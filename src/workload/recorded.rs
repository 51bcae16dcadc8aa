//! Whole transactions of a capture: of each kind the first few, statement by statement with their values.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::captured::{is_query, name_of};
use super::script::written;
use super::{Query, WorkloadError};
use crate::engine::Params;
use crate::sql::Dialect;
use crate::trace::{Event, QueryDigest, Reader};

/// Statements of the capture that are looked at.
const MOST_EVENTS: u64 = 2_000_000;
/// Kinds of transactions, and transactions of each kind.
const MOST_KINDS: usize = 200;
const OF_EACH_KIND: usize = 2;
/// A longer transaction is left out: it is a batch.
const MOST_STATEMENTS: usize = 200;

/// Statements that one session sent in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedTransaction {
    /// Stays the same for the same sequence of queries.
    pub name: String,
    /// Each with the one set of values that it was sent with.
    pub statements: Vec<Query>,
}

/// Transactions that a session committed, whether it began them itself or had them begin by themselves, with at least two
/// statements that ask or change something. Statements that steer the session are not among them.
///
/// # Errors
/// The file is damaged.
pub fn recorded_transactions(
    path: &Path,
    dialect: &dyn Dialect,
) -> Result<Vec<RecordedTransaction>, WorkloadError> {
    let mut reader = Reader::open(path)?;
    let roles: Vec<Role> = reader.summary.queries.iter().map(Role::of).collect();
    let mut courses: HashMap<u32, Course> = HashMap::new();
    let (mut found, mut seen) = (Found::default(), 0);
    reader.each_event_while(|reader, event| {
        seen += 1;
        let role = roles.get(event.query as usize).copied().unwrap_or(Role::Spoils);
        let course = courses.entry(event.session).or_default();
        course.go_on(role, event, reader, dialect, &mut found);
        seen < MOST_EVENTS
    })?;
    let digests = &reader.summary.queries;
    let transactions = found.kept.into_iter().filter_map(|(kind, number, statements)| {
        let queries = statements.iter().map(|(event, text)| query(event, text, digests, dialect));
        Some(RecordedTransaction {
            name: format!("t-{:08x}-{number}", kind >> 32),
            statements: queries.collect::<Option<Vec<Query>>>()?,
        })
    });
    Ok(transactions.collect())
}

/// A statement and its text.
type Sent = (Event, Vec<u8>);

/// Of each kind the first few.
#[derive(Default)]
struct Found {
    kinds: HashMap<u64, usize>,
    kept: Vec<(u64, usize, Vec<Sent>)>,
}

impl Found {
    fn keep(&mut self, statements: Vec<Sent>) {
        let kind = kind(&statements);
        let room = self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind);
        if statements.len() < 2 || !room {
            return;
        }
        let known = self.kinds.entry(kind).or_default();
        if *known < OF_EACH_KIND {
            *known += 1;
            self.kept.push((kind, *known, statements));
        }
    }
}

/// How far a session is.
#[derive(Default)]
struct Course {
    /// Its transactions begin by themselves, with the first statement behind the end of another.
    chained: bool,
    open: Option<Open>,
}

enum Open {
    Kept(Vec<Sent>),
    /// Until it ends nothing of it is taken.
    LeftOut,
}

impl Course {
    fn go_on(
        &mut self,
        role: Role,
        event: Event,
        reader: &Reader,
        dialect: &dyn Dialect,
        found: &mut Found,
    ) {
        match role {
            Role::Begins => self.open = Some(Open::Kept(Vec::new())),
            Role::Commits => self.commit(found),
            Role::RollsBack => self.open = None,
            Role::Spoils => self.spoil(),
            Role::Asks if event.failure.is_some() => self.spoil(),
            Role::Asks if event.is_call => self.ask(event, reader),
            Role::Steers if event.failure.is_none() => self.steer(&event, reader, dialect, found),
            Role::Asks | Role::Steers => {}
        }
    }

    fn commit(&mut self, found: &mut Found) {
        if let Some(Open::Kept(statements)) = self.open.take() {
            found.keep(statements);
        }
    }

    fn spoil(&mut self) {
        if self.chained || self.open.is_some() {
            self.open = Some(Open::LeftOut);
        }
    }

    fn ask(&mut self, event: Event, reader: &Reader) {
        if self.chained && self.open.is_none() {
            self.open = Some(Open::Kept(Vec::new()));
        }
        let Some(Open::Kept(statements)) = &mut self.open else { return };
        match reader.text(&event) {
            Some(text) if statements.len() < MOST_STATEMENTS => statements.push((event, text)),
            _ => self.open = Some(Open::LeftOut),
        }
    }

    /// To have each statement commit by itself commits what is open.
    fn steer(&mut self, event: &Event, reader: &Reader, dialect: &dyn Dialect, found: &mut Found) {
        let text = reader.text(event).unwrap_or_default();
        match dialect.commits_each(&String::from_utf8_lossy(&text)) {
            Some(true) if self.chained => {
                self.chained = false;
                self.commit(found);
            }
            Some(false) => self.chained = true,
            _ => {}
        }
    }
}

/// What a captured statement means for the transaction it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Begins,
    Commits,
    Asks,
    /// It sets or shows something: left out.
    Steers,
    /// What was done is undone.
    RollsBack,
    /// Rolled back in part, or it changes the schema or copies: the transaction is left out.
    Spoils,
}

impl Role {
    fn of(digest: &QueryDigest) -> Role {
        if is_query(digest) {
            return Role::Asks;
        }
        let mut words = digest.normalised.split_whitespace();
        let mut word = || words.next().unwrap_or_default().trim_end_matches(';').to_uppercase();
        let (first, second) = (word(), word());
        match first.as_str() {
            "BEGIN" => Role::Begins,
            "START" if second == "TRANSACTION" => Role::Begins,
            "COMMIT" | "END" if second != "PREPARED" => Role::Commits,
            "ROLLBACK"
                if second != "PREPARED" && !digest.normalised.to_uppercase().contains(" TO ") =>
            {
                Role::RollsBack
            }
            "SET" | "SHOW" => Role::Steers,
            _ => Role::Spoils,
        }
    }
}

fn kind(statements: &[Sent]) -> u64 {
    let mut hash = Xxh3::new();
    for (event, _) in statements {
        hash.update(&event.query.to_le_bytes());
    }
    hash.digest()
}

/// `None` for what cannot be sent again: no text, or values that are missing.
fn query(
    event: &Event,
    text: &[u8],
    digests: &[QueryDigest],
    dialect: &dyn Dialect,
) -> Option<Query> {
    let digest = digests.get(event.query as usize)?;
    let text = std::str::from_utf8(text).ok()?;
    let written = written(text, dialect);
    if written.refused.is_some() || text.trim().is_empty() {
        return None;
    }
    let parameters = written.parameters.names();
    let values = event.bound().unwrap_or_default();
    let values: Option<Params> = values
        .into_iter()
        .map(|value| {
            value.map(|bytes| String::from_utf8(bytes).ok()).map_or(Some(None), |v| v.map(Some))
        })
        .collect();
    let values = values.filter(|values| values.len() == parameters.len())?;
    Some(Query {
        id: name_of(&digest.fingerprint, &HashSet::new()),
        sql: written.sql,
        refused: None,
        settings: Vec::new(),
        file: std::path::PathBuf::new(),
        line: 1,
        weight: 1.0,
        parameters,
        params: vec![values],
        ignores: Vec::new(),
        expects: Vec::new(),
        shape: written.shape,
        plans: Vec::new(),
    })
}

#[cfg(test)]
#[path = "recorded_tests.rs"]
mod tests;
