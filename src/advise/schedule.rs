//! How the time of a search is shared out between its phases, and what each of them took.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of the search for indexes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchPhase {
    pub name: String,
    pub seconds: f64,
    /// Questions to the planner.
    pub calls: usize,
}

/// The phases in their order, and the share of all time by which each has to end: what one leaves over is the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// What each query deserves by itself.
    Queries,
    /// One set out of these.
    Merging,
    /// What else pays beside that set.
    Completing,
    /// What queries cost with parts of it and with wider indexes; under limits only.
    Exploring,
    /// The best set that the limits allow.
    Choosing,
    /// What no allowed set can save; under limits only.
    Bounding,
    /// What each index of it is worth.
    Judging,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Phase::Queries => "each query by itself",
            Phase::Merging => "merging",
            Phase::Completing => "what pays beside the rest",
            Phase::Exploring => "parts and wider indexes",
            Phase::Choosing => "choosing",
            Phase::Bounding => "how good it is at best",
            Phase::Judging => "judging",
        }
    }

    /// Without limits there is nothing to explore or choose after the queries.
    fn ends(self, limited: bool) -> f64 {
        match (self, limited) {
            (Phase::Queries, true) => 0.3,
            (Phase::Queries, false) => 0.65,
            (Phase::Merging, true) => 0.35,
            (Phase::Merging, false) => 0.75,
            (Phase::Completing, true) => 0.4,
            (Phase::Completing, false) => 0.85,
            (Phase::Exploring, _) => 0.65,
            (Phase::Choosing, _) => 0.85,
            // Each index of what was found is weighed to the end, which takes a part of what its first prices took.
            (Phase::Bounding, _) => 0.92,
            (Phase::Judging, _) => 1.0,
        }
    }
}

#[derive(Debug)]
pub struct Schedule {
    started: Instant,
    total: Duration,
    limited: bool,
    since: (Instant, usize),
    phases: Vec<SearchPhase>,
}

impl Schedule {
    pub fn start(total: Duration, limited: bool) -> Self {
        let now = Instant::now();
        Schedule { started: now, total, limited, since: (now, 0), phases: Vec::new() }
    }

    /// When a phase has to end.
    pub fn end(&self, phase: Phase) -> Instant {
        self.started + self.total.mul_f64(phase.ends(self.limited))
    }

    /// Half of the time that is left until a phase has to end.
    pub fn halfway(&self, phase: Phase) -> Instant {
        let now = Instant::now();
        now + self.end(phase).saturating_duration_since(now) / 2
    }

    /// When looking at queries may have to end for the sake of a last question about each of them, and by when those have
    /// to be answered.
    pub fn pricing(&self) -> (Instant, Instant) {
        let looking = self.total.mul_f64(Phase::Queries.ends(self.limited));
        (self.started + looking / 2, self.end(Phase::Merging))
    }

    /// `calls` are those since the search began.
    pub fn ended(&mut self, phase: Phase, calls: usize) {
        let now = Instant::now();
        self.phases.push(SearchPhase {
            name: phase.name().to_owned(),
            seconds: now.duration_since(self.since.0).as_secs_f64(),
            calls: calls.saturating_sub(self.since.1),
        });
        self.since = (now, calls);
    }

    pub fn phases(self) -> Vec<SearchPhase> {
        self.phases
    }
}
