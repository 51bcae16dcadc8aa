//! How changes are measured.

use std::time::{Duration, Instant};

use super::evidence::Evidence;
use crate::compare::{AlternateOptions, Criteria};

#[derive(Debug, Clone, PartialEq)]
pub struct TuneOptions {
    /// The budget covers all measuring of before against after, the second look included.
    pub alternate: AlternateOptions,
    /// For everything, from `began` on; `None`: as long as twenty passes of the workload take, ten minutes at most.
    pub time: Option<Duration>,
    /// `None`: with the proof.
    pub began: Option<Instant>,
    /// What an earlier tuning has measured.
    pub known: Evidence,
}

impl Default for TuneOptions {
    /// A change is judged by the queries it is for, however small their share of the workload.
    fn default() -> Self {
        let criteria = Criteria { least_share: 0.0, ..Criteria::default() };
        TuneOptions {
            alternate: AlternateOptions { criteria, ..AlternateOptions::default() },
            time: None,
            began: None,
            known: Evidence::default(),
        }
    }
}

/// Share of the budget for the first look at everything; the rest is for a second look once the
/// changes that did not help are gone.
pub const FIRST_LOOK: f64 = 0.6;

/// How often something else may be tried instead of what was dropped.
pub const MOST_LOOKS: usize = 4;

impl TuneOptions {
    pub fn look(&self, share: f64) -> AlternateOptions {
        AlternateOptions { budget: self.alternate.budget.mul_f64(share), ..self.alternate.clone() }
    }
}
