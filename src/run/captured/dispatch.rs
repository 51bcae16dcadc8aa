//! Deals the capture's statements out to connections, in the order in which they started.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;

use super::client::{Client, Item};
use super::course::{Course, course};
use super::decide::{self, Decision};
use super::record::{CapturedReplay, QueryTimes, REPLAY_FORMAT, Tally};
use super::{CapturedOptions, Pace};
use crate::engine::{Access, Params, Session};
use crate::interrupt::Interrupt;
use crate::run::Target;
use crate::stats::{Histogram, Latency};
use crate::trace::{Event, Ordered, Reader};

/// Statements that wait for one connection; the dispatcher is that far ahead.
const QUEUE: usize = 256;
/// A session is connected this long before its first statement is due.
const AHEAD: Duration = Duration::from_secs(2);

struct Dispatcher<'r> {
    target: &'r Target,
    options: CapturedOptions,
    course: Course,
    decisions: Vec<Decision>,
    started: Instant,
    senders: HashMap<u32, (Sender<Item>, u64)>,
    tasks: JoinSet<Tally>,
    tally: Tally,
    texts: HashMap<u32, Arc<str>>,
    files: Vec<Arc<str>>,
    dealt: u64,
    most_open: usize,
}

/// Plays `reader` back on `target`. Whatever happens to single statements is part of the record.
pub async fn replay_captured(
    target: &Target,
    mut reader: Reader,
    options: CapturedOptions,
    interrupt: &Interrupt,
    tick: impl Fn(u64),
) -> Result<CapturedReplay, anyhow::Error> {
    let course = course(&mut reader)?;
    let mut control = target.connect().await?;
    let mut decisions: Vec<Decision> = reader
        .summary
        .queries
        .iter()
        .map(|query| decide::of_query(query, options.access))
        .collect();
    let refused = screen(control.as_mut(), &reader, &mut decisions, options.access).await;
    drop(control);
    let files = reader.files.iter().map(|file| Arc::from(file.as_str())).collect();
    let mut dispatcher = Dispatcher {
        target,
        options,
        course,
        decisions,
        started: Instant::now(),
        senders: HashMap::new(),
        tasks: JoinSet::new(),
        tally: Tally { refused, ..Tally::default() },
        texts: HashMap::new(),
        files,
        dealt: 0,
        most_open: 0,
    };
    dispatcher.open_fixed().await?;
    // Connections are open before the clock starts.
    dispatcher.started = Instant::now() + Duration::from_millis(20);
    dispatcher.restart_clock();
    let began = dispatcher.started;
    let mut ordered = Ordered::new(&mut reader);
    while let Some(event) = ordered.next_event()? {
        if interrupt.is_set() {
            break;
        }
        dispatcher.deal(ordered.reader(), event).await?;
        tick(1);
    }
    let elapsed = dispatcher.end().await;
    let elapsed_s = elapsed.saturating_duration_since(began).as_secs_f64();
    Ok(dispatcher.record(&reader, elapsed_s))
}

/// What no transaction would hold is found out once a query, by a sample of it.
async fn screen(
    control: &mut dyn Session,
    reader: &Reader,
    decisions: &mut [Decision],
    access: Access,
) -> BTreeMap<String, u64> {
    let mut refused = BTreeMap::new();
    if access == Access::Commit {
        return refused;
    }
    for (query, decision) in reader.summary.queries.iter().zip(decisions) {
        let Decision::Send { .. } = decision else { continue };
        let text =
            query.samples.all().next().map_or(query.normalised.as_str(), |sample| &sample.text);
        if let Err(error) = control.admit(text).await {
            *refused.entry(error.message.clone()).or_default() += query.calls;
            *decision = Decision::Skip(REFUSED);
        }
    }
    refused
}

const REFUSED: &str =
    "it calls a function that may change something for good, or could not be looked at";

impl Dispatcher<'_> {
    fn is_captured(&self) -> bool {
        matches!(self.options.pace, Pace::Captured { .. })
    }

    /// Of an open or closed loop.
    async fn open_fixed(&mut self) -> Result<(), anyhow::Error> {
        if !self.is_captured() {
            for number in 0..self.options.clients as u32 {
                self.open(number, u64::MAX).await?;
            }
        }
        Ok(())
    }

    /// Clients learn when the replay starts with their first statement; until then none has worked.
    fn restart_clock(&mut self) {
        debug_assert!(self.dealt == 0, "nothing was dealt before the clock started");
    }

    async fn open(&mut self, number: u32, statements: u64) -> Result<(), anyhow::Error> {
        let session = self.target.connect().await?;
        let (sender, items) = channel(QUEUE);
        let client = Client {
            session,
            access: self.options.access,
            started: self.started,
            most_failures: self.options.most_failures,
            open: false,
            tally: Tally::default(),
        };
        self.tasks.spawn(client.work(items));
        self.senders.insert(number, (sender, statements));
        self.most_open = self.most_open.max(self.senders.len());
        Ok(())
    }

    fn due(&self, event: &Event) -> Option<Duration> {
        match self.options.pace {
            Pace::Closed => None,
            Pace::Rate(rate) => Some(Duration::from_secs_f64(self.dealt as f64 / rate)),
            Pace::Captured { speed, .. } => {
                let offset =
                    event.start_us.unwrap_or(0).saturating_sub(self.course.first_us.unwrap_or(0));
                Some(Duration::from_secs_f64(offset.max(0) as f64 / 1e6 / speed))
            }
        }
    }

    async fn deal(&mut self, reader: &Reader, event: Event) -> Result<(), anyhow::Error> {
        let item = self.item(reader, &event);
        let number = match self.is_captured() {
            true => event.session,
            false => event.session % self.options.clients.max(1) as u32,
        };
        if !self.senders.contains_key(&number) {
            // Not all sessions of a long capture at once.
            if let Some(due) = item.due {
                tokio::time::sleep_until((self.started + due.saturating_sub(AHEAD)).into()).await;
            }
            let statements =
                self.course.per_session.get(&event.session).copied().unwrap_or(u64::MAX);
            self.open(number, statements).await?;
        }
        self.dealt += 1;
        let mut ended = false;
        if let Some((sender, left)) = self.senders.get_mut(&number) {
            let _ = sender.send(item).await;
            *left = left.saturating_sub(1);
            ended = *left == 0;
        }
        if ended {
            self.senders.remove(&number);
        }
        while let Some(Ok(tally)) = self.tasks.try_join_next() {
            self.tally.add(tally, self.options.most_failures);
        }
        Ok(())
    }

    fn item(&mut self, reader: &Reader, event: &Event) -> Item {
        let by_query = self
            .decisions
            .get(event.query as usize)
            .copied()
            .unwrap_or(Decision::Skip(decide::NO_CALL));
        let text = self.text(reader, event);
        let values = event.bound().map(as_text);
        let decision = decide::of_event(event, by_query, &text, values.is_some());
        let think = matches!(self.options.pace, Pace::Captured { think: false, .. });
        let first = !self.senders.contains_key(&event.session);
        Item {
            due: self.due(event).filter(|_| !think || first),
            decision,
            query: event.query,
            text,
            values,
            file: self.files.get(event.file as usize).cloned().unwrap_or_else(|| Arc::from("")),
            line: event.line,
            failed_before: event.failure.is_some(),
        }
    }

    /// Texts without a literal are the same for every event of their skeleton.
    fn text(&mut self, reader: &Reader, event: &Event) -> Arc<str> {
        let shared = event.skeleton != 0 && event.each_piece().is_empty();
        if shared && let Some(known) = self.texts.get(&event.skeleton) {
            return Arc::clone(known);
        }
        let text = reader.text(event).unwrap_or_default();
        let text: Arc<str> = Arc::from(String::from_utf8_lossy(&text).as_ref());
        if shared {
            self.texts.insert(event.skeleton, Arc::clone(&text));
        }
        text
    }

    /// When the last statement was answered.
    async fn end(&mut self) -> Instant {
        self.senders.clear();
        while let Some(joined) = self.tasks.join_next().await {
            match joined {
                Ok(tally) => self.tally.add(tally, self.options.most_failures),
                Err(error) => {
                    self.tally.lost = Some(format!("a client ended unexpectedly: {error}"))
                }
            }
        }
        Instant::now()
    }

    fn record(self, reader: &Reader, elapsed_s: f64) -> CapturedReplay {
        let (mut service, mut response) = (Histogram::default(), Histogram::default());
        let mut queries = Vec::new();
        let (mut sent, mut failed) = (0, 0);
        for (number, times) in &self.tally.queries {
            service.add(&times.service);
            response.add(&times.response);
            sent += times.sent;
            failed += times.failed;
            let Some(digest) = reader.summary.queries.get(*number as usize) else { continue };
            queries.push(QueryTimes {
                fingerprint: digest.fingerprint.clone(),
                query: digest.normalised.clone(),
                sent: times.sent,
                failed: times.failed,
                rows: times.rows,
                service: Latency::of(&times.service),
                response: Latency::of(&times.response),
                captured_mean_ms: digest.durations.mean_ms(),
            });
        }
        queries.sort_by(|a, b| total(b).total_cmp(&total(a)));
        let mut skipped: BTreeMap<String, u64> = self
            .tally
            .skipped
            .iter()
            .filter(|(reason, _)| **reason != REFUSED)
            .map(|(reason, count)| ((*reason).to_owned(), *count))
            .collect();
        let refused = self.tally.skipped.get(REFUSED).copied().unwrap_or(0);
        if refused > 0 {
            let why: HashSet<&String> = self.tally.refused.keys().collect();
            let why: Vec<&str> = why.into_iter().take(3).map(String::as_str).collect();
            skipped.insert(format!("{REFUSED}: {}", why.join("; ")), refused);
        }
        let accounted = sent + skipped.values().sum::<u64>();
        let timed = self.tally.on_time + self.tally.behind;
        let mut notes = Vec::new();
        notes.extend(self.tally.lost.iter().map(|error| format!("A connection was lost: {error}")));
        if self.options.access == Access::Rollback {
            notes.push("Transactions were rolled back where they committed: later statements saw other data than in the capture.".to_owned());
        }
        CapturedReplay {
            format: REPLAY_FORMAT,
            workload: reader.path().display().to_string(),
            captured: self.course.events,
            sent,
            succeeded: sent - failed,
            failed,
            skipped,
            not_reached: self.course.events.saturating_sub(accounted),
            sessions: self.course.per_session.len() as u64,
            connections: self.most_open,
            elapsed_s,
            statements_per_s: sent as f64 / elapsed_s.max(1e-9),
            service: Latency::of(&service),
            response: Latency::of(&response),
            client_delay: Latency::of(&self.tally.delay),
            on_time: (timed > 0).then(|| self.tally.on_time as f64 / timed as f64),
            waited_for_server: self.tally.waited,
            client_behind: self.tally.behind,
            failures: self.tally.failures,
            queries,
            notes,
        }
    }
}

fn total(query: &QueryTimes) -> f64 {
    query.service.as_ref().map_or(0.0, |service| service.mean_ms * service.count as f64)
}

fn as_text(values: crate::trace::Values) -> Params {
    let text = |value: Vec<u8>| {
        String::from_utf8(value)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    values.into_iter().map(|value| value.map(text)).collect()
}
