//! Which connection a statement goes to. As captured each session has its own; in a loop a fixed number of them serve all.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::client::{Client, Item, Start};
use super::decide::{Control, Decision};
use super::record::Tally;
use super::threads::Threads;
use super::{CapturedOptions, Pace};
use crate::engine::{Access, DbError};
use crate::interrupt::Interrupt;
use crate::run::Target;

/// Statements that were dealt and not sent yet, all connections together. In an open loop a server that stalls lets them
/// pile up; then the dealing waits too.
const MOST_WAITING: usize = 200_000;
/// A closed loop needs no more than keep its connections busy.
const MOST_WAITING_CLOSED: usize = 512;

struct Lane {
    sender: UnboundedSender<Item>,
    /// The session whose transaction is open on it: others wait until it is over.
    open_by: Option<u32>,
    held: VecDeque<(u32, Item)>,
}

pub struct Lanes {
    target: Target,
    options: CapturedOptions,
    start: Start,
    lanes: HashMap<u32, Lane>,
    tasks: JoinSet<Tally>,
    threads: Threads,
    /// What clients say of their connections.
    connected: UnboundedSender<Result<(), DbError>>,
    connections: UnboundedReceiver<Result<(), DbError>>,
    pub tally: Tally,
    /// Events of each session that are still to come.
    left: HashMap<u32, u64>,
    waiting: Arc<AtomicUsize>,
    dealt: u64,
    pub most_open: usize,
}

impl Lanes {
    /// # Errors
    /// No thread could be started.
    pub fn new(
        target: &Target,
        options: &CapturedOptions,
        left: HashMap<u32, u64>,
    ) -> std::io::Result<Self> {
        let most = match options.pace {
            Pace::Captured { .. } => left.len(),
            _ => options.clients,
        };
        let (connected, connections) = unbounded_channel();
        Ok(Lanes {
            target: target.clone(),
            options: options.clone(),
            start: Start::default(),
            lanes: HashMap::new(),
            tasks: JoinSet::new(),
            threads: Threads::start(most)?,
            connected,
            connections,
            tally: Tally::default(),
            left,
            waiting: Arc::new(AtomicUsize::new(0)),
            dealt: 0,
            most_open: 0,
        })
    }

    fn is_captured(&self) -> bool {
        matches!(self.options.pace, Pace::Captured { .. })
    }

    /// Of an open or closed loop: open before the clock starts.
    pub async fn open_fixed(&mut self) -> Result<(), anyhow::Error> {
        if !self.is_captured() {
            for number in 0..self.options.clients as u32 {
                self.open(number);
            }
            for _ in 0..self.options.clients {
                if let Some(connected) = self.connections.recv().await {
                    connected?;
                }
            }
        }
        Ok(())
    }

    /// The clock starts in `ahead` from now.
    pub fn start(&mut self, ahead: Duration) -> Instant {
        let began = Instant::now() + ahead;
        self.start.set(began);
        began
    }

    pub fn elapsed(&self) -> Duration {
        self.start.get().map_or(Duration::ZERO, |start| start.elapsed())
    }

    pub fn left_until(&self, due: Duration) -> Duration {
        let start = self.start.get().unwrap_or_else(Instant::now);
        (start + due).saturating_duration_since(Instant::now())
    }

    fn open(&mut self, number: u32) {
        let (sender, items) = unbounded_channel();
        let client = Client {
            access: self.options.access,
            start: self.start.clone(),
            most_failures: self.options.most_failures,
            open: false,
            waiting: Arc::clone(&self.waiting),
            tally: Tally::default(),
        };
        let work = client.work(self.target.clone(), items, self.connected.clone());
        self.tasks.spawn_on(work, self.threads.next());
        self.lanes.insert(number, Lane { sender, open_by: None, held: VecDeque::new() });
        self.most_open = self.most_open.max(self.lanes.len());
    }

    /// Opens the connection of a session whose first statement is due soon, without waiting for it.
    pub fn connect(&mut self, session: u32) {
        if self.is_captured() && !self.lanes.contains_key(&session) {
            self.open(session);
        }
    }

    pub fn have_room(&self) -> bool {
        let most = match self.options.pace {
            Pace::Closed => MOST_WAITING_CLOSED * self.options.clients.max(1),
            _ => MOST_WAITING,
        };
        self.waiting.load(Ordering::Relaxed) < most
    }

    pub async fn wait_for_room(&mut self, interrupt: &Interrupt) {
        while !self.have_room() && !interrupt.is_set() && !self.tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.collect();
        }
    }

    /// What clients that have ended bring back.
    fn collect(&mut self) {
        while let Some(joined) = self.tasks.try_join_next() {
            self.joined(joined);
        }
    }

    fn joined(&mut self, joined: Result<Tally, tokio::task::JoinError>) {
        match joined {
            Ok(tally) => self.tally.add(tally, self.options.most_failures),
            Err(error) => self.tally.lost = Some(format!("a client ended unexpectedly: {error}")),
        }
    }

    pub fn deal(&mut self, session: u32, item: Item) {
        self.dealt += 1;
        match item.decision {
            Decision::Skip(reason) => *self.tally.skipped.entry(reason).or_default() += 1,
            _ => {
                let number = self.number(session);
                self.deal_to(number, session, item);
            }
        }
        let left = self.left.entry(session).or_insert(1);
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.left.remove(&session);
            self.leave(session);
        }
        if self.dealt.is_multiple_of(256) {
            self.collect();
        }
    }

    /// Reads of a loop may go anywhere: each connection in turn. What changes data stays in its session's order.
    fn number(&self, session: u32) -> u32 {
        let clients = self.options.clients.max(1) as u64;
        match (self.is_captured(), self.options.access) {
            (true, _) => session,
            (false, Access::ReadOnly) => (self.dealt % clients) as u32,
            (false, _) => (u64::from(session) % clients) as u32,
        }
    }

    fn deal_to(&mut self, number: u32, session: u32, item: Item) {
        let Some(lane) = self.lanes.get_mut(&number) else { return };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if lane.open_by.is_some_and(|open| open != session) {
            return lane.held.push_back((session, item));
        }
        lane.send(session, item);
        lane.send_held();
    }

    /// The session says no more: its connection closes, and what it left open is rolled back, as the server did.
    fn leave(&mut self, session: u32) {
        if self.is_captured() {
            self.lanes.remove(&session);
            return;
        }
        let number = self.number(session);
        if let Some(lane) = self.lanes.get_mut(&number).filter(|lane| lane.open_by == Some(session))
        {
            lane.open_by = None;
            let _ = lane.sender.send(Item::leaving());
            lane.send_held();
        }
    }

    /// When the last statement was answered.
    pub async fn end(&mut self) -> Instant {
        for lane in self.lanes.values_mut() {
            lane.open_by = None;
            lane.send_held();
        }
        self.lanes.clear();
        while let Some(joined) = self.tasks.join_next().await {
            self.joined(joined);
        }
        Instant::now()
    }
}

impl Lane {
    fn send(&mut self, session: u32, item: Item) {
        match item.decision {
            Decision::Control(Control::Begin) => self.open_by = Some(session),
            Decision::Control(Control::Commit | Control::Rollback) => self.open_by = None,
            _ => {}
        }
        let _ = self.sender.send(item);
    }

    /// What waited for a transaction to end, in its own order, as far as no other one is open.
    fn send_held(&mut self) {
        let mut at = 0;
        while let Some((session, _)) = self.held.get(at) {
            if self.open_by.is_some_and(|open| open != *session) {
                at += 1;
                continue;
            }
            let Some((session, item)) = self.held.remove(at) else { return };
            let was_open = self.open_by.is_some();
            self.send(session, item);
            if was_open && self.open_by.is_none() {
                at = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(decision: Decision, line: u64) -> Item {
        Item { decision, line, ..Item::leaving() }
    }

    #[test]
    fn transactions_of_two_sessions_never_meet_on_one_connection() {
        let (sender, mut items) = unbounded_channel();
        let mut lane = Lane { sender, open_by: None, held: VecDeque::new() };
        let begin = Decision::Control(Control::Begin);
        let (commit, write) = (Decision::Control(Control::Commit), Decision::Send { writes: true });
        let course =
            [(1, begin), (2, begin), (1, write), (2, write), (3, write), (1, commit), (2, commit)];
        for (line, (session, decision)) in course.into_iter().enumerate() {
            let item = item(decision, line as u64);
            if lane.open_by.is_some_and(|open| open != session) {
                lane.held.push_back((session, item));
            } else {
                lane.send(session, item);
                lane.send_held();
            }
        }
        let mut order = Vec::new();
        while let Ok(item) = items.try_recv() {
            order.push(item.line);
        }
        assert_eq!(order, [0, 2, 5, 1, 3, 6, 4]);
        assert!(lane.held.is_empty() && lane.open_by.is_none());
    }
}
