//! What the two sides of one query brought home.

use crate::engine::{DbError, Execution};
use crate::stats::{Histogram, Latency};

/// A clock can stand still between two readings; a ratio needs more than nothing.
const LEAST_MS: f64 = 1e-3;

/// Before or after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Before,
    After,
}

/// Medians of one block on both sides, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub before_ms: f64,
    pub after_ms: f64,
}

impl Block {
    pub fn log_ratio(self) -> f64 {
        (self.after_ms / self.before_ms).ln()
    }
}

#[derive(Debug, Clone, Default)]
pub struct SideSamples {
    pub histogram: Histogram,
    rows: f64,
    executions: u64,
    block: Vec<f64>,
    /// Medians of the finished blocks, in milliseconds.
    pub blocks: Vec<f64>,
    /// The executions of each finished block dealt out to two hands, in milliseconds: this side against itself.
    pub halves: Vec<Block>,
    /// Read from a record, which keeps no single executions.
    recorded: Option<Latency>,
}

impl SideSamples {
    /// What a run record keeps of one query: the medians of its rounds are its blocks.
    pub fn recorded(latency: Option<Latency>, mean_rows: Option<f64>, rounds_ms: Vec<f64>) -> Self {
        SideSamples {
            rows: mean_rows.unwrap_or(0.0),
            executions: u64::from(mean_rows.is_some()),
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

    fn add(&mut self, execution: Execution) {
        self.histogram.record(execution.elapsed);
        self.rows += execution.rows as f64;
        self.executions += 1;
        self.block.push((execution.elapsed.as_secs_f64() * 1e3).max(LEAST_MS));
    }

    fn close_block(&mut self) {
        let values = std::mem::take(&mut self.block);
        self.halves.extend(dealt(&values, self.blocks.len()));
        self.blocks.extend(median(values));
    }

    fn mean_ms(&self) -> Option<f64> {
        let count = self.blocks.len() as f64;
        (count > 0.0).then(|| self.blocks.iter().sum::<f64>() / count)
    }
}

/// Medians of two hands: ABBA once more within one side, mirrored in every other block, so that
/// neither hand holds the earlier executions more often. `None` for a single execution.
fn dealt(values: &[f64], block: usize) -> Option<Block> {
    let hand = |second: bool| {
        let own = values
            .iter()
            .enumerate()
            .filter(move |(i, _)| (i.div_ceil(2) + block) % 2 == usize::from(second));
        median(own.map(|(_, value)| *value).collect())
    };
    Some(Block { before_ms: hand(false)?, after_ms: hand(true)? })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub before: SideSamples,
    pub after: SideSamples,
    /// The first failure on either side; nothing is measured after it.
    pub failure: Option<(Which, DbError)>,
}

impl Samples {
    pub fn add(&mut self, which: Which, execution: Execution) {
        match which {
            Which::Before => self.before.add(execution),
            Which::After => self.after.add(execution),
        }
    }

    pub fn close_block(&mut self) {
        self.before.close_block();
        self.after.close_block();
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
    fn hands_are_dealt_in_turn_and_mirrored() {
        let block = |before_ms, after_ms| Some(Block { before_ms, after_ms });
        assert_eq!(dealt(&[1.0, 2.0, 3.0, 4.0], 0), block(2.5, 2.5));
        assert_eq!(dealt(&[1.0, 5.0], 0), block(1.0, 5.0));
        assert_eq!(dealt(&[1.0, 5.0], 1), block(5.0, 1.0));
        assert_eq!(dealt(&[1.0], 0), None);
        assert_eq!(median(Vec::new()), None);
    }
}
