//! Samples of both sides of one query.

use std::collections::BTreeMap;
use std::time::Duration;

use super::block::{Block, OfSet, floor, halved, paired};
use crate::engine::{DbError, Execution};
use crate::stats::{Histogram, Latency, median};

/// A clock can stand still between two readings; a ratio needs more than nothing.
const LEAST_MS: f64 = 1e-3;

/// Two executions that differ by less were both undisturbed, as far as it can be told.
const AGREEMENT: f64 = 0.02;

/// Before or after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Before,
    After,
}

/// One execution, and for how long the server's process waited for a processor meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    pub execution: Execution,
    pub waited: Duration,
    /// It was ended at a limit: it would have taken longer, and its rows are not known.
    pub cut: bool,
}

#[derive(Debug, Clone, Default)]
pub struct SideSamples {
    pub histogram: Histogram,
    rows: f64,
    executions: u64,
    elapsed: Duration,
    waited: Duration,
    block: Vec<OfSet>,
    /// What the finished blocks took, in milliseconds: see [`paired`], and [`floor`] where there is one side only.
    pub blocks: Vec<f64>,
    /// Medians of the finished blocks, in milliseconds.
    pub medians: Vec<f64>,
    /// The executions of each finished block split into two halves, in milliseconds: this side against itself.
    pub halves: Vec<Block>,
    /// Read from a record, which keeps no single executions.
    recorded: Option<Latency>,
    /// Executions that were cut off.
    pub cut: u64,
}

impl SideSamples {
    /// What a run record keeps of one query: the medians of its rounds are its blocks.
    pub fn recorded(latency: Option<Latency>, mean_rows: Option<f64>, rounds_ms: Vec<f64>) -> Self {
        SideSamples {
            rows: mean_rows.unwrap_or(0.0),
            executions: u64::from(mean_rows.is_some()),
            medians: rounds_ms.clone(),
            blocks: rounds_ms.into_iter().map(|ms| ms.max(LEAST_MS)).collect(),
            recorded: latency,
            ..SideSamples::default()
        }
    }

    pub fn latency(&self) -> Option<Latency> {
        self.recorded.clone().or_else(|| Latency::of(&self.histogram))
    }

    pub fn mean_rows(&self) -> Option<f64> {
        (self.executions > 0).then(|| self.rows / self.executions as f64)
    }

    fn add(&mut self, set: usize, timed: Timed) {
        let execution = timed.execution;
        self.elapsed += execution.elapsed;
        self.waited += timed.waited;
        self.histogram.record(execution.elapsed);
        self.cut += u64::from(timed.cut);
        if !timed.cut {
            self.rows += execution.rows as f64;
            self.executions += 1;
        }
        self.block.push((set, (execution.elapsed.as_secs_f64() * 1e3).max(LEAST_MS)));
    }

    /// The two fastest executions of each parameter set agree: more would not make them faster.
    fn is_settled(&self) -> bool {
        let mut fastest: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
        for &(set, ms) in &self.block {
            let two = fastest.entry(set).or_insert([f64::INFINITY; 2]);
            two[1] = two[1].min(ms.max(two[0]));
            two[0] = two[0].min(ms);
        }
        fastest.values().all(|[first, second]| *second <= first * (1.0 + AGREEMENT))
    }

    /// `level` is what the block took beside the other side, if there was one.
    fn close_block(&mut self, level: Option<f64>) {
        let values = std::mem::take(&mut self.block);
        self.halves.extend(halved(&values, self.blocks.len()));
        self.blocks.extend(level.or_else(|| floor(&values)));
        self.medians.extend(median(values.into_iter().map(|(_, ms)| ms).collect()));
    }

    fn mean_ms(&self) -> Option<f64> {
        let count = self.blocks.len() as f64;
        (count > 0.0).then(|| self.blocks.iter().sum::<f64>() / count)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub before: SideSamples,
    pub after: SideSamples,
    /// The first failure on either side; nothing is measured after it.
    pub failure: Option<(Which, DbError)>,
}

impl Samples {
    pub fn add(&mut self, which: Which, set: usize, timed: Timed) {
        match which {
            Which::Before => self.before.add(set, timed),
            Which::After => self.after.add(set, timed),
        }
    }

    /// Both sides of the block that is being measured.
    pub fn is_settled(&self) -> bool {
        self.before.is_settled() && self.after.is_settled()
    }

    pub fn close_block(&mut self) {
        let both = paired(&self.before.block, &self.after.block);
        self.before.close_block(both.map(|block| block.before_ms));
        self.after.close_block(both.map(|block| block.after_ms));
    }

    /// Forgets a block that was not finished.
    pub fn drop_block(&mut self) {
        self.before.block.clear();
        self.after.block.clear();
    }

    /// Blocks that were measured on both sides.
    pub fn blocks(&self) -> Vec<Block> {
        let both = self.before.blocks.iter().zip(&self.after.blocks);
        both.map(|(&before_ms, &after_ms)| Block { before_ms, after_ms }).collect()
    }

    /// Time of all executions, and how much of it was waiting for a processor.
    pub fn waiting(&self) -> (Duration, Duration) {
        let both = [&self.before, &self.after];
        (both.iter().map(|side| side.elapsed).sum(), both.iter().map(|side| side.waited).sum())
    }

    pub fn mean_ms(&self, which: Which) -> Option<f64> {
        match which {
            Which::Before => self.before.mean_ms(),
            Which::After => self.after.mean_ms(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_settled_when_the_fastest_two_agree() {
        let settled = |values: &[OfSet]| {
            SideSamples { block: values.to_vec(), ..SideSamples::default() }.is_settled()
        };
        assert!(settled(&[(0, 5.0), (0, 1.0), (0, 1.01)]));
        assert!(settled(&[(0, 1.01), (0, 9.0), (0, 1.0)]));
        assert!(!settled(&[(0, 1.0), (0, 1.1)]));
        assert!(!settled(&[(0, 1.0), (0, 1.0), (1, 3.0)]));
    }
}
