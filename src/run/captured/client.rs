//! One connection that sends what it is given, each statement when it is due.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::decide::{Control, Decision};
use super::record::{Failed, Tally};
use crate::engine::{Access, DbError, Params, Session};
use crate::run::Target;

/// A statement on its way to its connection.
#[derive(Debug)]
pub struct Item {
    /// From the beginning of the replay; `None`: when the one before is answered.
    pub due: Option<Duration>,
    pub decision: Decision,
    pub query: u32,
    pub text: Arc<str>,
    pub values: Option<Params>,
    pub file: Arc<str>,
    pub line: u64,
    pub failed_before: bool,
}

impl Item {
    /// What undoes what a session left open.
    pub fn leaving() -> Item {
        Item {
            due: None,
            decision: Decision::Leave,
            query: 0,
            text: Arc::from(""),
            values: None,
            file: Arc::from(""),
            line: 0,
            failed_before: false,
        }
    }
}

/// When the replay begins: told once connections are open.
#[derive(Debug, Clone, Default)]
pub struct Start(Arc<OnceLock<Instant>>);

impl Start {
    pub fn set(&self, began: Instant) {
        let _ = self.0.set(began);
    }

    pub fn get(&self) -> Option<Instant> {
        self.0.get().copied()
    }
}

/// Later than this a statement is not on time.
const ON_TIME: Duration = Duration::from_millis(1);

pub struct Client {
    pub access: Access,
    pub start: Start,
    pub most_failures: usize,
    /// Inside of a transaction of the capture.
    pub open: bool,
    /// Statements that were dealt and not sent yet, of all clients.
    pub waiting: Arc<AtomicUsize>,
    pub tally: Tally,
}

impl Client {
    /// Connects, tells `connected` what came of it, and sends what it is given.
    pub async fn work(
        mut self,
        target: Target,
        mut items: UnboundedReceiver<Item>,
        connected: UnboundedSender<Result<(), DbError>>,
    ) -> Tally {
        let mut session = match target.connect().await {
            Ok(session) => {
                let _ = connected.send(Ok(()));
                Some(session)
            }
            Err(error) => {
                self.tally.lost = Some(error.message.clone());
                let _ = connected.send(Err(error));
                None
            }
        };
        drop(connected);
        let mut free_since = Instant::now();
        while let Some(item) = items.recv().await {
            let leaves = item.decision == Decision::Leave;
            if !leaves {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
            }
            let Some(session) = session.as_deref_mut().filter(|_| self.tally.lost.is_none()) else {
                continue;
            };
            match leaves {
                true => self.leave(session).await,
                false => self.item(session, &item, free_since).await,
            }
            free_since = Instant::now();
        }
        if let Some(session) = session.as_deref_mut().filter(|_| self.tally.lost.is_none()) {
            self.leave(session).await;
        }
        self.tally
    }

    async fn leave(&mut self, session: &mut dyn Session) {
        if std::mem::take(&mut self.open) {
            let _ = session.send("ROLLBACK", None).await;
        }
    }

    async fn item(&mut self, session: &mut dyn Session, item: &Item, free_since: Instant) {
        let due = item.due.zip(self.start.get()).map(|(due, start)| start + due);
        let sent = Instant::now();
        if let Some(due) = due {
            self.count_delay(due, free_since, sent);
        }
        let result = self.send(session, item).await;
        let done = Instant::now();
        let times = self.tally.queries.entry(item.query).or_default();
        times.sent += 1;
        match result {
            Ok(rows) => {
                times.rows += rows;
                times.service.record(done - sent);
                times.response.record(done - due.unwrap_or(sent).min(sent));
            }
            Err(error) => {
                times.failed += 1;
                self.failure(item, &error);
            }
        }
    }

    /// A connection that was free when the statement was due and sends late is the client's own delay.
    fn count_delay(&mut self, due: Instant, free_since: Instant, sent: Instant) {
        if free_since > due {
            self.tally.waited += 1;
            return;
        }
        let delay = sent.saturating_duration_since(due);
        self.tally.delay.record(delay);
        match delay <= ON_TIME {
            true => self.tally.on_time += 1,
            false => self.tally.behind += 1,
        }
    }

    fn failure(&mut self, item: &Item, error: &DbError) {
        if error.ends_session() {
            self.tally.lost = Some(error.message.clone());
        }
        if self.tally.failures.len() < self.most_failures {
            self.tally.failures.push(Failed {
                file: item.file.to_string(),
                line: item.line,
                query: item.text.chars().take(200).collect(),
                error: error.message.clone(),
                failed_before: item.failed_before,
            });
        }
    }

    async fn send(&mut self, session: &mut dyn Session, item: &Item) -> Result<u64, DbError> {
        let rolled_back = self.access == Access::Rollback;
        match item.decision {
            Decision::Control(control) => {
                // MySQL and MariaDB commit what is open when another transaction begins.
                if rolled_back && self.open && control == Control::Begin {
                    session.send("ROLLBACK", None).await?;
                }
                self.open = match control {
                    Control::Begin | Control::Within => true,
                    Control::Commit | Control::Rollback => false,
                };
                let text = match control {
                    // What was committed then is undone now.
                    Control::Commit if rolled_back => "ROLLBACK",
                    _ => &item.text,
                };
                session.send(text, None).await.map(|execution| execution.rows)
            }
            Decision::Send { writes: true } if rolled_back && !self.open => {
                session.send("BEGIN", None).await?;
                let result = session.send(&item.text, item.values.as_deref()).await;
                session.send("ROLLBACK", None).await?;
                result.map(|execution| execution.rows)
            }
            _ => session
                .send(&item.text, item.values.as_deref())
                .await
                .map(|execution| execution.rows),
        }
    }
}
