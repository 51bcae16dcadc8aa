//! A table in pieces that one statement reads, each of which can be done, and done again, on its own.

use serde::{Deserialize, Serialize};

use super::pairs::TablePair;
use crate::engine::DbError;
use crate::engine::migration::{Buckets, DataReader, Part};

/// A piece of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub part: Part,
    pub buckets: Buckets,
    /// Stands for it in the state file.
    pub name: SegmentName,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SegmentName {
    Range { from: i64, to: i64 },
    Whole { buckets: u32 },
}

/// Rows that a bucket shall hold: so many are fetched when its sums differ.
const BUCKET_ROWS: f64 = 4_000.0;
/// Of a table whose size nothing tells.
const ROW_BYTES: f64 = 100.0;

/// The pieces of a table, and how many rows it is thought to have.
pub async fn segments(
    pair: &TablePair,
    source: &mut dyn DataReader,
    target: &mut dyn DataReader,
    chunk_rows: u64,
) -> Result<Vec<Segment>, DbError> {
    let rows = estimated(pair);
    let Some(column) = pair.reading.range_column() else { return Ok(vec![whole(rows)]) };
    let a = source.bounds(&pair.reading.source, column).await?;
    let b = target.bounds(&pair.reading.target, column).await?;
    let (least, most) = match (a, b) {
        (Some((x, y)), Some((u, v))) => (x.min(u), y.max(v)),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => (0, 0),
    };
    let fits = i64::try_from(least).ok().zip(i64::try_from(most).ok());
    let fits = fits.filter(|(least, most)| most.checked_sub(*least).is_some_and(|s| s < i64::MAX));
    Ok(match fits {
        Some((least, most)) => {
            let mut segments = ranges(column, least, most, rows, chunk_rows);
            // Rows that are added meanwhile have greater numbers.
            if let Some(Segment { part: Part::Range { to, .. }, .. }) = segments.last_mut() {
                *to = i64::MAX;
            }
            segments
        }
        None => vec![whole(rows)],
    })
}

/// Statistics may be missing or old: the size on disk is never far off.
fn estimated(pair: &TablePair) -> f64 {
    let side = |rows: f64, bytes: u64| rows.max(bytes as f64 / (ROW_BYTES * 20.0));
    side(pair.source.rows, pair.source.bytes).max(side(pair.target.rows, pair.target.bytes))
}

fn whole(rows: f64) -> Segment {
    let mut count = 16_u32;
    while f64::from(count) * BUCKET_ROWS < rows && count < 65_536 {
        count *= 16;
    }
    Segment {
        part: Part::All,
        buckets: Buckets::Hashed { count },
        name: SegmentName::Whole { buckets: count },
    }
}

/// Ends included. Gaps in the numbers make pieces of unequal size, and cost nothing else.
fn ranges(column: usize, least: i64, most: i64, rows: f64, chunk_rows: u64) -> Vec<Segment> {
    let span = i128::from(most) - i128::from(least) + 1;
    let wanted = (rows / chunk_rows.max(1) as f64).ceil().clamp(1.0, 1e6) as i128;
    let width = (span / wanted + i128::from(span % wanted != 0)).max(1);
    let buckets = (chunk_rows as f64 / BUCKET_ROWS).ceil().max(1.0) as i128;
    let step = (width / buckets).max(1) as i64;
    let mut segments = Vec::new();
    let mut from = i128::from(least);
    while from <= i128::from(most) {
        let to = (from + width - 1).min(i128::from(most));
        // Both lie between two numbers of 64 bits.
        let (start, end) = (from as i64, to as i64);
        segments.push(Segment {
            part: Part::Range { column, from: start, to: end },
            buckets: Buckets::Range { column, from: start, step },
            name: SegmentName::Range { from: start, to: end },
        });
        from = to + 1;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_number_once() {
        for (least, most, rows) in
            [(1, 1_500_000, 1.5e6), (0, 0, 0.0), (-7, 12, 1e6), (i64::MIN / 2, i64::MAX / 4, 1e9)]
        {
            let segments = ranges(0, least, most, rows, 250_000);
            let mut expected = i128::from(least);
            for segment in &segments {
                let Part::Range { from, to, .. } = segment.part else { panic!("a range") };
                assert_eq!(i128::from(from), expected);
                assert!(to >= from);
                expected = i128::from(to) + 1;
            }
            assert_eq!(expected, i128::from(most) + 1);
        }
        assert_eq!(ranges(0, 1, 1_500_000, 1.5e6, 250_000).len(), 6);
    }

    #[test]
    fn buckets_grow_with_the_table() {
        assert_eq!(whole(10.0).buckets, Buckets::Hashed { count: 16 });
        assert_eq!(whole(1.5e6).buckets, Buckets::Hashed { count: 4096 });
        assert_eq!(whole(1e12).buckets, Buckets::Hashed { count: 65_536 });
    }
}
