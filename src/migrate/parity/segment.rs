//! One piece of one table: checksums of both sides, and the rows of buckets that differ.

use std::collections::BTreeMap;

use super::merge::{Found, merge};
use super::pairs::Reading;
use super::segments::Segment;
use crate::engine::DbError;
use crate::engine::migration::{BucketSum, Buckets, DataReader, Part};

/// Rows that differ are kept for reading them once more, so many of a piece.
pub const KEPT: usize = 2_000;
/// Buckets that are named one by one; of more the whole piece is read.
const NAMED: usize = 1_000;

/// What one piece says.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub source_rows: u64,
    pub target_rows: u64,
    pub chunks: u64,
    pub differing_chunks: u64,
    pub found: Found,
}

/// Both readers see what they saw at the beginning until the end. `held`: they do so already, for longer than one piece.
pub async fn compare(
    reading: &Reading,
    segment: &Segment,
    stream: bool,
    held: bool,
    source: &mut dyn DataReader,
    target: &mut dyn DataReader,
) -> Result<Outcome, DbError> {
    if held {
        return within_view(reading, segment, stream, source, target).await;
    }
    let opened = tokio::join!(source.open_view(None), target.open_view(None));
    opened.0?;
    opened.1?;
    let outcome = within_view(reading, segment, stream, source, target).await;
    let closed = tokio::join!(source.close_view(), target.close_view());
    let outcome = outcome?;
    closed.0?;
    closed.1?;
    Ok(outcome)
}

async fn within_view(
    reading: &Reading,
    segment: &Segment,
    stream: bool,
    source: &mut dyn DataReader,
    target: &mut dyn DataReader,
) -> Result<Outcome, DbError> {
    let sums = tokio::join!(
        source.checksums(&reading.source, &segment.part, segment.buckets),
        target.checksums(&reading.target, &segment.part, segment.buckets)
    );
    let (a, b) = (by_bucket(sums.0?), by_bucket(sums.1?));
    let rows = |sums: &BTreeMap<i64, BucketSum>| sums.values().map(|sum| sum.rows).sum();
    let mut numbers: Vec<i64> = a.keys().chain(b.keys()).copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let chunks = numbers.len() as u64;
    let everything = stream || reading.source.columns.iter().any(|column| column.form.only_typed());
    numbers.retain(|number| everything || !alike(a.get(number), b.get(number)));
    let mut outcome = Outcome {
        source_rows: rows(&a),
        target_rows: rows(&b),
        chunks,
        differing_chunks: 0,
        found: Found::default(),
    };
    if numbers.is_empty() {
        return Ok(outcome);
    }
    let part = part_of(segment, numbers, chunks as usize);
    let streams =
        tokio::join!(source.rows(&reading.source, &part), target.rows(&reading.target, &part));
    outcome.found = merge(reading, streams.0?, streams.1?, KEPT).await?;
    outcome.differing_chunks = match &part {
        Part::Buckets { numbers, .. } => numbers.len() as u64,
        _ => chunks,
    };
    Ok(outcome)
}

fn part_of(segment: &Segment, numbers: Vec<i64>, chunks: usize) -> Part {
    let most = match segment.buckets {
        Buckets::Range { .. } => NAMED,
        // A list that names most of them is longer than it is useful.
        Buckets::Hashed { .. } => chunks / 2,
    };
    match numbers.len() > most {
        true => segment.part.clone(),
        false => Part::Buckets { how: segment.buckets, numbers },
    }
}

fn by_bucket(sums: Vec<BucketSum>) -> BTreeMap<i64, BucketSum> {
    sums.into_iter().map(|sum| (sum.bucket, sum)).collect()
}

/// Doubtful values are not told apart by their sums.
fn alike(a: Option<&BucketSum>, b: Option<&BucketSum>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a.rows, a.sum) == (b.rows, b.sum) && a.doubtful + b.doubtful == 0,
        _ => false,
    }
}
