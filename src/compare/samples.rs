//! What the two sides of one query brought home.

use crate::engine::{DbError, Execution};
use crate::stats::Histogram;

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
}

impl SideSamples {
    pub fn mean_rows(&self) -> Option<f64> {
        (self.executions > 0).then(|| self.rows / self.executions as f64)
    }

    fn add(&mut self, execution: Execution) {
        self.histogram.record(execution.elapsed);
        self.rows += execution.rows as f64;
        self.executions += 1;
        // A clock can stand still between two readings; a ratio needs more than nothing.
        self.block.push((execution.elapsed.as_secs_f64() * 1e3).max(1e-3));
    }

    fn close_block(&mut self) {
        let mut values = std::mem::take(&mut self.block);
        values.sort_by(f64::total_cmp);
        let middle = (values.get(values.len() / 2), values.get(values.len().saturating_sub(1) / 2));
        if let (Some(upper), Some(lower)) = middle {
            self.blocks.push((lower + upper) / 2.0);
        }
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
