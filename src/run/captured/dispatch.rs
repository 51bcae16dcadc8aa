//! Deals the capture's statements out to connections, in the order in which they started, each when it is due.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::client::Item;
use super::course::course;
use super::decide::{self, Decision, REFUSED};
use super::gathering::Gathering;
use super::lanes::Lanes;
use super::record::CapturedReplay;
use super::{CapturedOptions, Pace};
use crate::engine::{Access, Params, Session};
use crate::interrupt::Interrupt;
use crate::run::Target;
use crate::sql::Dialect;
use crate::trace::{Event, Ordered, Reader};

/// Statements are read so long before they are due, and their sessions connected.
const AHEAD: Duration = Duration::from_secs(2);
/// And not more of them.
const MOST_AHEAD: usize = 20_000;
/// An interrupt is noticed after so long.
const NAP: Duration = Duration::from_millis(50);

struct Dispatcher {
    options: CapturedOptions,
    first_us: i64,
    decisions: Vec<Decision>,
    dialect: &'static dyn Dialect,
    gathering: Gathering,
    lanes: Lanes,
    texts: HashMap<u32, Arc<str>>,
    files: Vec<Arc<str>>,
    /// Statements that were made ready to be sent: an open loop has a place in time for each.
    sent: u64,
    /// When the last statement that was read is due.
    read_to: Option<Duration>,
    /// Sessions that had their first statement.
    begun: HashSet<u32>,
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
    let mut lanes = Lanes::new(target, &options, course.per_session.clone())?;
    lanes.tally.refused = refused;
    lanes.open_fixed().await?;
    let mut dispatcher = Dispatcher {
        first_us: course.first_us.unwrap_or(0),
        options,
        decisions,
        dialect: target.engine.dialect(),
        gathering: Gathering::default(),
        lanes,
        texts: HashMap::new(),
        files,
        sent: 0,
        read_to: None,
        begun: HashSet::new(),
    };
    // The first sessions connect meanwhile.
    let began = dispatcher.lanes.start(match dispatcher.options.pace {
        Pace::Captured { .. } => Duration::from_millis(200),
        _ => Duration::from_millis(5),
    });
    let mut ordered = Ordered::new(&mut reader);
    dispatcher.play(&mut ordered, interrupt, &tick).await?;
    let elapsed = dispatcher.lanes.end().await;
    let elapsed_s = elapsed.saturating_duration_since(began).as_secs_f64();
    let Dispatcher { lanes, options, .. } = dispatcher;
    let most_open = lanes.most_open;
    Ok(CapturedReplay::of(lanes.tally, most_open, &reader, &course, options.access, elapsed_s))
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

impl Dispatcher {
    async fn play(
        &mut self,
        ordered: &mut Ordered<'_>,
        interrupt: &Interrupt,
        tick: &impl Fn(u64),
    ) -> Result<(), anyhow::Error> {
        let mut ahead: VecDeque<(u32, Item)> = VecDeque::new();
        let mut is_read = false;
        loop {
            while !is_read && self.wants_more(&ahead) {
                match ordered.next_event()? {
                    Some(event) => ahead.push_back(self.ready(ordered.reader(), &event)),
                    None => is_read = true,
                }
            }
            let Some((session, item)) = ahead.pop_front() else { return Ok(()) };
            if let Some(due) = item.due {
                self.wait_until(due, interrupt);
            }
            if !self.lanes.have_room() {
                self.lanes.wait_for_room(interrupt).await;
            }
            if interrupt.is_set() {
                return Ok(());
            }
            self.lanes.deal(session, item);
            tick(1);
        }
    }

    /// Where statements have times of their own; the others are read when they are wanted.
    fn wants_more(&self, ahead: &VecDeque<(u32, Item)>) -> bool {
        let near = self.read_to.is_some_and(|due| due <= self.lanes.elapsed() + AHEAD);
        ahead.is_empty() || near && ahead.len() < MOST_AHEAD
    }

    /// On this thread, which serves nobody else: the runtime's own timer is no finer than a millisecond.
    fn wait_until(&self, due: Duration, interrupt: &Interrupt) {
        loop {
            let left = self.lanes.left_until(due);
            if left.is_zero() || interrupt.is_set() {
                return;
            }
            tokio::task::block_in_place(|| std::thread::sleep(left.min(NAP)));
        }
    }

    /// Makes a statement ready, and connects its session.
    fn ready(&mut self, reader: &Reader, event: &Event) -> (u32, Item) {
        let by_query = self
            .decisions
            .get(event.query as usize)
            .copied()
            .unwrap_or(Decision::Skip(decide::NO_CALL));
        let mut text = self.text(reader, event);
        let values = event.bound().map(as_text);
        let mut decision = decide::of_event(event, by_query, &text, values.is_some());
        let (access, dialect) = (self.options.access, self.dialect);
        let other = self
            .gathering
            .in_place_of(event.session, decision, access, || dialect.commits_each(&text));
        if let Some((instead, words)) = other {
            (decision, text) = (instead, Arc::from(words));
        }
        let is_sent = !matches!(decision, Decision::Skip(_));
        let item = Item {
            due: if is_sent { self.due(event) } else { None },
            decision,
            query: event.query,
            text,
            values,
            file: self.files.get(event.file as usize).cloned().unwrap_or_else(|| Arc::from("")),
            line: event.line,
            failed_before: event.failure.is_some(),
        };
        if is_sent {
            self.read_to = item.due;
            self.sent += 1;
            self.begun.insert(event.session);
            self.lanes.connect(event.session);
        }
        (event.session, item)
    }

    fn due(&self, event: &Event) -> Option<Duration> {
        match self.options.pace {
            Pace::Closed => None,
            Pace::Rate(rate) => Some(Duration::from_secs_f64(self.sent as f64 / rate)),
            // Without think time only when a session begins is as it was.
            Pace::Captured { think: false, .. } if self.begun.contains(&event.session) => None,
            Pace::Captured { speed, .. } => {
                let offset = event.start_us.unwrap_or(0).saturating_sub(self.first_us);
                Some(Duration::from_secs_f64(offset.max(0) as f64 / 1e6 / speed))
            }
        }
    }

    /// Texts without a literal are the same for every event of their skeleton.
    fn text(&mut self, reader: &Reader, event: &Event) -> Arc<str> {
        let shared = event.skeleton != 0 && event.has_no_pieces();
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
}

fn as_text(values: crate::trace::Values) -> Params {
    let text = |value: Vec<u8>| {
        String::from_utf8(value)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    values.into_iter().map(|value| value.map(text)).collect()
}
