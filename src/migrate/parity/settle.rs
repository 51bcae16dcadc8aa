//! Rows that differ while somebody writes are read again until they are equal, or stay as they are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::merge::{Found, merge};
use super::pairs::Reading;
use super::report::RowDifference;
use super::segment::KEPT;
use crate::engine::DbError;
use crate::engine::migration::{DataReader, Part};
use crate::interrupt::Interrupt;

/// After this pause a row is read once more; each pause is longer than the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What became of rows that differed at first.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Still different, and neither side changed them meanwhile.
    pub real: Vec<RowDifference>,
    /// Still different, but one side changed them while they were watched.
    pub moving: Vec<RowDifference>,
    /// Equal now.
    pub equal: u64,
}

/// Reads the rows again for as long as `patience`, or until all are equal.
pub async fn settle(
    reading: &Reading,
    found: &Found,
    source: &mut dyn DataReader,
    target: &mut dyn DataReader,
    patience: Duration,
    interrupt: &Interrupt,
) -> Result<Settled, DbError> {
    let mut first: BTreeMap<String, Vec<RowDifference>> = BTreeMap::new();
    for row in &found.rows {
        first.entry(row.token.clone()).or_default().push(row.clone());
    }
    let watched = first.len() as u64;
    let mut latest = first.clone();
    let mut moved: BTreeMap<String, bool> = BTreeMap::new();
    let (started, mut pause) = (Instant::now(), FIRST_PAUSE);
    while !latest.is_empty() && started.elapsed() < patience && !interrupt.is_set() {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = interrupt.wait() => break,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        let part = Part::Tokens(latest.keys().cloned().collect());
        let again = read_again(reading, &part, source, target).await?;
        let mut now: BTreeMap<String, Vec<RowDifference>> = BTreeMap::new();
        for row in again.rows {
            now.entry(row.token.clone()).or_default().push(row);
        }
        for (token, rows) in &now {
            let changed = latest.get(token).is_none_or(|before| before != rows);
            *moved.entry(token.clone()).or_default() |= changed;
        }
        latest = now;
    }
    let still = latest.len() as u64;
    let mut settled = Settled { equal: watched - still.min(watched), ..Settled::default() };
    for (token, rows) in latest {
        match moved.get(&token).copied().unwrap_or(false) {
            true => settled.moving.extend(rows),
            false => settled.real.extend(rows),
        }
    }
    Ok(settled)
}

/// The target first: what it shows has then been written on the source before.
async fn read_again(
    reading: &Reading,
    part: &Part,
    source: &mut dyn DataReader,
    target: &mut dyn DataReader,
) -> Result<Found, DbError> {
    let streams = (target.rows(&reading.target, part), source.rows(&reading.source, part));
    let (target, source) = tokio::join!(streams.0, streams.1);
    merge(reading, source?, target?, KEPT).await
}
