//! Time spent waiting for blocks, and how many a row takes.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn storage<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "kept_per_block",
            "rows",
            "rows kept per block of the table: from a few on, every block holds one, and an index saves no block",
            |s: &S| {
                let rows = s.metrics.rows_total?.low;
                Some(s.table_blocks().map_or(0.0, |blocks| rows / blocks.max(1.0)))
            },
        ),
        Fact::number("read_blocks", "blocks", "blocks it had to read itself", |s: &S| {
            Some(s.metrics.self_buffers.map_or(0.0, |b| b.shared_read as f64))
        }),
        Fact::number(
            "blocks_per_row",
            "blocks",
            "blocks it touched itself / rows it read; 0 where blocks are not counted",
            |s: &S| {
                let rows = s.metrics.rows_total?.high
                    + s.metrics.removed_total.map_or(0.0, |removed| removed.high);
                let blocks = s.metrics.self_buffers.map_or(0, |b| b.shared_hit + b.shared_read);
                Some(blocks as f64 / rows.max(1.0))
            },
        ),
        Fact::number(
            "reading_ms",
            "ms",
            "elapsed waiting for blocks: by the server's clock, else what its time exceeds the work on cached blocks by, if reading was slow",
            |s: &S| s.reading_ms(),
        ),
        Fact::number("reading_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            Some((s.reading_ms()? / total).min(1.0))
        }),
        Fact::flag("reading_is_timed", "the server timed its reading", |s: &S| {
            Some(s.metrics.self_io.is_some_and(|io| io.read_ms > 0.0))
        }),
    ]
}

impl S<'_> {
    /// Blocks of the table read in full: from the catalog, else as many as the scan touched, else by
    /// the usual number of rows in a block.
    pub fn table_blocks(&self) -> Option<f64> {
        const ROWS_PER_BLOCK: f64 = 50.0;
        let known = self.table.map(|table| table.pages as f64).filter(|pages| *pages > 0.0);
        let touched = self.metrics.self_buffers.map(|b| (b.shared_hit + b.shared_read) as f64);
        let rows = self.metrics.rows_total?.low
            + self.metrics.removed_total.map_or(0.0, |removed| removed.low);
        let guessed = (rows / ROWS_PER_BLOCK).ceil().max(1.0);
        Some(known.or(touched.filter(|blocks| *blocks > 0.0)).unwrap_or(guessed))
    }

    fn reading_ms(&self) -> Option<f64> {
        /// A block that takes longer than this came from storage, not from the system's cache.
        const SLOW_READ_MS: f64 = 0.05;
        /// Work on one cached row.
        const ROW_MS: f64 = 0.001;
        let own = self.metrics.self_ms?.low;
        let processes = if self.metrics.in_parallel { self.metrics.loops.max(1.0) } else { 1.0 };
        let timed = self.metrics.self_io.map(|io| io.read_ms).filter(|ms| *ms > 0.0);
        if let Some(ms) = timed {
            return Some((ms / processes).min(own));
        }
        let read = self.metrics.self_buffers.map_or(0, |b| b.shared_read) as f64;
        let rows = self.metrics.rows_total?.high
            + self.metrics.removed_total.map_or(0.0, |removed| removed.high);
        let waiting = (own - rows * ROW_MS / processes).max(0.0);
        let slow = read > 0.0 && waiting * processes / read >= SLOW_READ_MS;
        Some(if slow { waiting } else { 0.0 })
    }
}
