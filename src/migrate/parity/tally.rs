//! What the pieces of one table add up to.

use std::time::Duration;

use super::merge::Found;
use super::options::ParityOptions;
use super::pairs::{TablePair, shown};
use super::report::{SkippedColumn, TableParity, Verdict};
use super::run::Readers;
use super::segment::{KEPT, Outcome};
use super::settle::settle;
use crate::engine::DbError;
use crate::interrupt::Interrupt;

#[derive(Debug, Default)]
pub struct Tally {
    total: Outcome,
    seconds: f64,
    pieces: u64,
    resumed: bool,
    in_flight: u64,
    settled: u64,
    failed: Option<String>,
}

impl Tally {
    pub fn of(_pair: &TablePair) -> Tally {
        Tally::default()
    }

    pub fn add(&mut self, outcome: Outcome, seconds: f64, resumed: bool) {
        self.total.source_rows += outcome.source_rows;
        self.total.target_rows += outcome.target_rows;
        self.total.chunks += outcome.chunks;
        self.total.differing_chunks += outcome.differing_chunks;
        self.total.found.count += outcome.found.count;
        self.total.found.unclear += outcome.found.unclear;
        let room = KEPT.saturating_sub(self.total.found.rows.len());
        self.total.found.rows.extend(outcome.found.rows.into_iter().take(room));
        self.seconds += seconds;
        self.pieces += 1;
        self.resumed |= resumed;
    }

    pub fn fail(&mut self, error: &DbError) {
        self.failed.get_or_insert_with(|| error.to_string());
    }

    pub fn differs(&self) -> bool {
        self.total.found.count > 0
    }

    /// Rows beyond those that are kept count as those that are: as differences where every one of these is one, and
    /// otherwise as in flight.
    pub async fn settle(
        &mut self,
        pair: &TablePair,
        readers: &mut Readers,
        patience: Duration,
        interrupt: &Interrupt,
    ) -> Result<(), DbError> {
        let found = std::mem::take(&mut self.total.found);
        let (source, target) = (readers.source.as_mut(), readers.target.as_mut());
        let settled = settle(&pair.reading, &found, source, target, patience, interrupt).await?;
        let beyond = found.count.saturating_sub(found.rows.len() as u64);
        self.settled = settled.equal;
        let moved = settled.equal + settled.moving.len() as u64;
        let (real, unknown) = if moved == 0 { (beyond, 0) } else { (0, beyond) };
        self.in_flight = moved + unknown;
        let unclear = found.unclear;
        let count = settled.real.len() as u64 + real;
        self.total.found = Found { count, unclear, rows: settled.real };
        Ok(())
    }

    pub fn finish(self, pair: &TablePair, options: &ParityOptions) -> TableParity {
        let reading = &pair.reading;
        let mut skipped = reading.skipped.clone();
        if let Some(error) = &self.failed {
            let why = format!("the table could not be read: {error}");
            skipped.push(SkippedColumn { column: "*".to_owned(), why, asked: false });
        }
        if self.total.found.unclear > 0 {
            let why = format!(
                "{} rows have no key, and are too many to be told apart within a tolerance: leave out the floating-point columns, or the tolerance",
                self.total.found.unclear
            );
            skipped.push(SkippedColumn { column: "*".to_owned(), why, asked: false });
        }
        if reading.compared.is_empty() && !pair.source.columns.is_empty() {
            let why = "no column of the table can be compared".to_owned();
            skipped.push(SkippedColumn { column: "*".to_owned(), why, asked: false });
        }
        let inexact = skipped.iter().any(|column| !column.asked) || self.in_flight > self.settled;
        // Whatever went wrong: another number of rows is no equality.
        let counts = self.total.source_rows.abs_diff(self.total.target_rows);
        let differing = match (self.total.found.count, self.in_flight) {
            (0, 0) => counts,
            (found, _) => found,
        };
        let mut differences = self.total.found.rows;
        differences.truncate(options.examples);
        TableParity {
            source: shown(&pair.source.name),
            target: shown(&pair.target.name),
            verdict: match (differing > 0, inexact) {
                (true, _) => Verdict::Different,
                (false, true) => Verdict::Inconclusive,
                (false, false) => Verdict::Equal,
            },
            source_rows: self.total.source_rows,
            target_rows: self.total.target_rows,
            method: method(pair, self.pieces, options),
            key: reading.key.clone(),
            compared: reading.compared.clone(),
            skipped,
            chunks: self.total.chunks,
            differing_chunks: self.total.differing_chunks,
            differing_rows: differing,
            in_flight: self.in_flight,
            settled: self.settled,
            differences,
            seconds: self.seconds,
            resumed: self.resumed,
        }
    }
}

fn method(pair: &TablePair, pieces: u64, options: &ParityOptions) -> String {
    let reading = &pair.reading;
    let typed = reading.source.columns.iter().any(|column| column.form.only_typed());
    let how = match (options.stream || typed, reading.own) {
        (true, _) => "row by row",
        (false, true) => "checksums",
        (false, false) => "SHA-256 in a common form",
    };
    let by = match (reading.key.is_empty(), reading.range_column()) {
        (true, _) => "rows without a key, as a multiset".to_owned(),
        (false, Some(_)) => format!("ranges of {}", reading.key[0]),
        (false, None) => format!("hashes of {}", reading.key.join(", ")),
    };
    let pieces = if pieces == 1 { "1 piece".to_owned() } else { format!("{pieces} pieces") };
    format!("{how}; {by}; {pieces}")
}
