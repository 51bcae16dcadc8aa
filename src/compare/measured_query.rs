//! One query of a paired measurement: what it costs, what was measured of it, and whose turn it is among its parameter sets.

use std::time::Duration;

use super::early::Longest;
use super::samples::Samples;
use crate::workload::Query;

pub struct MeasuredQuery<'a> {
    pub query: &'a Query,
    pub samples: Samples,
    /// Of the warm-up: one execution on each side, added up.
    pub cost: Duration,
    pub expected_to_change: bool,
    /// The parameter set whose turn it is.
    pub set: usize,
    pub longest: Longest,
    /// Its verdict is plain.
    pub is_settled: bool,
}

/// Executions that a parameter set gets within a block, if there are as many.
const SET_EXECUTIONS: usize = 3;

impl MeasuredQuery<'_> {
    /// As many sets in a block as can be executed several times, in turn, and `least` if there are as many; other blocks
    /// begin at other sets.
    pub fn choose_set(&mut self, block: u32, pair: usize, pairs: u32, least: usize) {
        let all = self.query.params.len().max(1);
        let joining =
            (pairs as usize / SET_EXECUTIONS).max(least.min(pairs as usize)).clamp(1, all);
        let first = if joining == all { 0 } else { block as usize * joining };
        self.set = (first + pair % joining) % all;
    }

    pub fn sets(&self, most: usize) -> u32 {
        self.query.params.len().clamp(1, most) as u32
    }
}
