//! What this run has created on a database that others use too: known by the server's own numbers, so that nothing
//! of somebody else's is ever taken away, and counted until it is gone or was kept.

use std::time::Duration;

use super::change::Change;
use super::journal::Journal;
use crate::engine::{DbError, DbErrorKind, NewObject, ObjectKind, Session};
use crate::interrupt::Interrupt;

/// Each waits as long as the session waits for locks.
const ATTEMPTS: u32 = 3;

/// A server that was told to cancel answers within this time, or it is taken for gone.
const LAST_ANSWER: Duration = Duration::from_secs(15);

/// Something of this run that could not be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub change: Change,
    /// What takes it away.
    pub statement: String,
    pub reason: String,
}

struct Entry {
    change: Change,
    object: NewObject,
    /// `None` while the server has not said what became of the statement.
    id: Option<u64>,
}

/// In the order of creation.
pub struct Owned<'a> {
    entries: Vec<Entry>,
    interrupt: &'a Interrupt,
    journal: Journal,
}

impl<'a> Owned<'a> {
    pub fn new(interrupt: &'a Interrupt, journal: Journal) -> Self {
        Owned { entries: Vec::new(), interrupt, journal }
    }

    /// Whether anything of this run may be there.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Creates `object` for `change`, unless it is an extension that is there. An interrupt cancels the statement; what
    /// became of it is known in any case but that of a lost session.
    pub async fn create(
        &mut self,
        session: &mut dyn Session,
        change: Change,
        object: NewObject,
    ) -> Result<(), DbError> {
        match session.occupant(&object).await? {
            Some(_) if object.kind == ObjectKind::Extension => return Ok(()),
            Some(_) => return Err(taken(&object)),
            None => {}
        }
        self.journal.add(&object.undo).map_err(|error| not_noted(&object, &error))?;
        self.interrupt.owe(&object.undo);
        self.entries.push(Entry { change, object: object.clone(), id: None });
        let outcome = to_its_end(session, &object.statement, self.interrupt).await;
        if let Err(error) = &outcome
            && error.ends_session()
        {
            return outcome;
        }
        let there = session.occupant(&object).await?;
        let own = there.filter(|there| outcome.is_ok() || there.is_leftover);
        match (own, self.entries.last_mut()) {
            (Some(own), Some(entry)) => entry.id = Some(own.id),
            _ => self.forget_last(),
        }
        outcome
    }

    fn forget_last(&mut self) {
        if let Some(entry) = self.entries.pop() {
            self.interrupt.settle(&entry.object.undo);
            self.journal.remove(&entry.object.undo);
        }
    }

    /// It stays for good. The journal names it until the report does.
    pub fn keep(&mut self, change: Change) {
        for entry in self.entries.iter().filter(|entry| entry.change == change) {
            self.interrupt.settle(&entry.object.undo);
        }
        self.entries.retain(|entry| entry.change != change);
    }

    /// Takes away what `change` created. What cannot be taken away is returned, and not counted any longer. An error means that
    /// the session is lost: whatever is not known to be gone is counted still.
    pub async fn undo(
        &mut self,
        session: &mut dyn Session,
        change: Change,
    ) -> Result<Vec<Leftover>, DbError> {
        let mut left = Vec::new();
        // In the order of creation: the whole takes its parts along, and they cannot go before it.
        while let Some(at) = self.entries.iter().position(|entry| entry.change == change) {
            let still = take_away(session, &self.entries[at]).await?;
            let gone = self.entries.remove(at);
            self.interrupt.settle(&gone.object.undo);
            if still.is_none() {
                self.journal.remove(&gone.object.undo);
            }
            left.extend(still);
        }
        Ok(left)
    }

    /// Everything, last made, first undone; all are tried, even after one could not be undone.
    pub async fn undo_all(&mut self, session: &mut dyn Session) -> Result<Vec<Leftover>, DbError> {
        let mut left = Vec::new();
        while let Some(last) = self.entries.last() {
            let change = last.change;
            left.extend(self.undo(session, change).await?);
        }
        Ok(left)
    }

    /// Where the server cannot be asked any more: everything that may be there, last made first.
    pub fn unreachable(&self, reason: &str) -> Vec<Leftover> {
        let left = |entry: &Entry| Leftover {
            change: entry.change,
            statement: entry.object.undo.clone(),
            reason: reason.to_owned(),
        };
        self.entries.iter().rev().map(left).collect()
    }
}

/// Sends `statement` and waits for its end, which an interrupt brings nearer.
async fn to_its_end(
    session: &mut dyn Session,
    statement: &str,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    let canceller = session.canceller();
    let command = session.command(statement);
    tokio::pin!(command);
    tokio::select! {
        biased;
        outcome = &mut command => return outcome,
        _ = interrupt.wait() => {}
    }
    if let Some(cancel) = canceller {
        cancel().await;
    }
    let silent = || DbError::new(DbErrorKind::ConnectionLost, "the server does not answer");
    tokio::time::timeout(LAST_ANSWER, command).await.unwrap_or_else(|_| Err(silent()))
}

fn not_noted(object: &NewObject, error: &std::io::Error) -> DbError {
    let (kind, name) = (object.kind, &object.name);
    let message = format!(
        "how to take the {kind} {name} away could not be noted, so it was not created: {error}"
    );
    DbError::new(DbErrorKind::Statement, message)
        .with_remedy("free some space, or name another folder with --out")
}

fn taken(object: &NewObject) -> DbError {
    let (kind, name, table) = (object.kind, &object.name, &object.table);
    let message = format!(
        "the name {name} is taken: what has it was not made by this run and is left alone, so this {kind} of {table} was not created"
    );
    DbError::new(DbErrorKind::Statement, message).with_remedy("give it another name")
}

async fn take_away(session: &mut dyn Session, entry: &Entry) -> Result<Option<Leftover>, DbError> {
    let kind = entry.object.kind;
    // On a new session: what its statement made, if that got so far.
    let id = match entry.id {
        Some(id) => Some(id),
        None => session
            .occupant(&entry.object)
            .await?
            .filter(|o| o.of_table || kind == ObjectKind::Extension)
            .map(|o| o.id),
    };
    let Some(id) = id else { return Ok(None) };
    let mut attempts = 0;
    loop {
        let Some(statement) = session.drop_statement(kind, id).await? else { return Ok(None) };
        attempts += 1;
        match session.command(&statement).await {
            Err(error) if error.ends_session() => return Err(error),
            Err(error) if error.kind == DbErrorKind::Timeout && attempts < ATTEMPTS => {}
            // Others have come to use it meanwhile.
            Err(_) if kind == ObjectKind::Extension => return Ok(None),
            Err(error) => {
                let (change, reason) = (entry.change, error.message);
                return Ok(Some(Leftover { change, statement, reason }));
            }
            // Asked once more: gone means that its number is.
            Ok(()) if attempts < ATTEMPTS => {}
            Ok(()) => {
                let reason = "it is still there".to_owned();
                return Ok(Some(Leftover { change: entry.change, statement, reason }));
            }
        }
    }
}
