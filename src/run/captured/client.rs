//! One connection that sends what it is given, each statement when it is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use super::decide::{Control, Decision};
use super::record::{Failed, Tally};
use crate::engine::{Access, DbError, Params, Session};

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

/// Later than this a statement is not on time.
const ON_TIME: Duration = Duration::from_millis(1);
/// The timer wakes this much early; the rest is waited for by yielding.
const EARLY: Duration = Duration::from_micros(1500);

pub struct Client {
    pub session: Box<dyn Session>,
    pub access: Access,
    pub started: Instant,
    pub most_failures: usize,
    /// Inside of a transaction of the capture.
    pub open: bool,
    pub tally: Tally,
}

impl Client {
    pub async fn work(mut self, mut items: Receiver<Item>) -> Tally {
        let mut free_since = Instant::now();
        while let Some(item) = items.recv().await {
            if self.tally.lost.is_some() {
                continue;
            }
            match item.decision {
                Decision::Skip(reason) => *self.tally.skipped.entry(reason).or_default() += 1,
                _ => {
                    self.item(&item, free_since).await;
                    free_since = Instant::now();
                }
            }
        }
        if self.open && self.tally.lost.is_none() {
            let _ = self.session.send("ROLLBACK", None).await;
        }
        self.tally
    }

    async fn item(&mut self, item: &Item, free_since: Instant) {
        let due = item.due.map(|due| self.started + due);
        if let Some(due) = due {
            wait_until(due).await;
        }
        let sent = Instant::now();
        if let Some(due) = due {
            self.count_delay(due, free_since, sent);
        }
        let result = self.send(item).await;
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

    async fn send(&mut self, item: &Item) -> Result<u64, DbError> {
        let rolled_back = self.access == Access::Rollback;
        match item.decision {
            Decision::Control(control) => {
                self.open = match control {
                    Control::Begin | Control::Within => true,
                    Control::Commit | Control::Rollback => false,
                };
                let text = match control {
                    // What was committed then is undone now.
                    Control::Commit if rolled_back => "ROLLBACK",
                    _ => &item.text,
                };
                self.session.send(text, None).await.map(|execution| execution.rows)
            }
            Decision::Send { writes: true } if rolled_back && !self.open => {
                self.session.send("BEGIN", None).await?;
                let result = self.session.send(&item.text, item.values.as_deref()).await;
                self.session.send("ROLLBACK", None).await?;
                result.map(|execution| execution.rows)
            }
            _ => self
                .session
                .send(&item.text, item.values.as_deref())
                .await
                .map(|execution| execution.rows),
        }
    }
}

/// To well below a millisecond: the timer itself is no better than that.
async fn wait_until(due: Instant) {
    let now = Instant::now();
    if let Some(ahead) = due.checked_duration_since(now).filter(|ahead| *ahead > EARLY) {
        tokio::time::sleep(ahead - EARLY).await;
    }
    while Instant::now() < due {
        let left = due.saturating_duration_since(Instant::now());
        match left > Duration::from_micros(200) {
            true => tokio::time::sleep(Duration::from_micros(50)).await,
            false => tokio::task::yield_now().await,
        }
    }
}
