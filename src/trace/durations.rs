//! Durations of one query: exact count, sum, least and most, and a histogram that can be added up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stats::Histogram;

/// Buckets of a power of two: a duration is kept to within 0.8 %.
const STEPS: u64 = 128;

/// In nanoseconds. The histogram is sparse: most queries fill few of its buckets, and there may be a hundred thousand
/// queries.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Durations {
    pub count: u64,
    pub sum_ns: u64,
    pub least_ns: u64,
    pub most_ns: u64,
    /// Sum of squares in square milliseconds, for views that tell nothing but a deviation.
    squares: f64,
    /// Bucket and count, in order of buckets.
    buckets: Vec<(u16, u64)>,
}

/// How it stands in a file: the histogram as HDR, format V2, base64, in nanoseconds.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    count: u64,
    sum_ns: u64,
    least_ns: u64,
    most_ns: u64,
    #[serde(default)]
    squares_ms2: f64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    histogram: String,
}

impl From<Durations> for Stored {
    fn from(durations: Durations) -> Self {
        Stored {
            count: durations.count,
            sum_ns: durations.sum_ns,
            least_ns: durations.least_ns,
            most_ns: durations.most_ns,
            squares_ms2: durations.squares,
            histogram: match durations.buckets.is_empty() {
                true => String::new(),
                false => durations.histogram().encode(),
            },
        }
    }
}

impl From<Stored> for Durations {
    fn from(stored: Stored) -> Self {
        let mut durations = Durations {
            count: stored.count,
            sum_ns: stored.sum_ns,
            least_ns: stored.least_ns,
            most_ns: stored.most_ns,
            squares: stored.squares_ms2,
            buckets: Vec::new(),
        };
        if let Ok(histogram) = Histogram::decode(&stored.histogram) {
            for (ms, count) in histogram.buckets() {
                durations.put(bucket((ms * 1e6) as u64), count);
            }
        }
        durations
    }
}

fn bucket(ns: u64) -> u16 {
    if ns < STEPS {
        return ns as u16;
    }
    let power = 63 - u64::from(ns.leading_zeros());
    let shift = power - 7;
    ((shift + 1) * STEPS + (ns >> shift) - STEPS) as u16
}

/// The middle of a bucket.
fn value(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < STEPS {
        return bucket;
    }
    let shift = bucket / STEPS - 1;
    ((bucket % STEPS + STEPS) << shift) + ((1u64 << shift) >> 1)
}

impl Durations {
    pub fn record(&mut self, ns: u64) {
        self.count_one(ns);
        self.put(bucket(ns), 1);
    }

    fn count_one(&mut self, ns: u64) {
        self.least_ns = if self.count == 0 { ns } else { self.least_ns.min(ns) };
        self.most_ns = self.most_ns.max(ns);
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(ns);
        let ms = ns as f64 / 1e6;
        self.squares += ms * ms;
    }

    /// Figures of a view that keeps no histogram: `deviation_ms` is the standard deviation of all `count`.
    pub fn told(count: u64, sum_ns: u64, least_ns: u64, most_ns: u64, deviation_ms: f64) -> Self {
        let mean = sum_ns as f64 / 1e6 / count.max(1) as f64;
        let squares = (deviation_ms * deviation_ms + mean * mean) * count as f64;
        Durations { count, sum_ns, least_ns, most_ns, squares, buckets: Vec::new() }
    }

    /// A bucket of a view that keeps its own histogram.
    pub fn add_bucket(&mut self, ns: u64, count: u64) {
        self.put(bucket(ns), count);
    }

    fn put(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(place) => self.buckets[place].1 += count,
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    pub fn add(&mut self, other: &Durations) {
        if other.count == 0 {
            return;
        }
        self.least_ns =
            if self.count == 0 { other.least_ns } else { self.least_ns.min(other.least_ns) };
        self.most_ns = self.most_ns.max(other.most_ns);
        self.count += other.count;
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
        self.squares += other.squares;
        for (bucket, count) in &other.buckets {
            self.put(*bucket, *count);
        }
    }

    pub fn sum_ms(&self) -> f64 {
        self.sum_ns as f64 / 1e6
    }

    pub fn mean_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_ms() / self.count as f64)
    }

    pub fn deviation_ms(&self) -> Option<f64> {
        let mean = self.mean_ms()?;
        Some((self.squares / self.count as f64 - mean * mean).max(0.0).sqrt())
    }

    /// The value below or at which `share` (0 to 1) of the durations lie, in milliseconds; `None` without a histogram.
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let all: u64 = self.buckets.iter().map(|(_, count)| count).sum();
        let rank = ((share * all as f64).ceil() as u64).clamp(1, all.max(1));
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += count;
            if seen >= rank {
                return Some(value(*bucket).clamp(self.least_ns, self.most_ns) as f64 / 1e6);
            }
        }
        None
    }

    pub fn histogram(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for (bucket, count) in &self.buckets {
            histogram.record_many(Duration::from_nanos(value(*bucket)), *count);
        }
        histogram
    }

    /// Middle of each bucket in milliseconds, and its count.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.buckets.iter().map(|(bucket, count)| (value(*bucket) as f64 / 1e6, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_are_in_order_and_close(ns in 0u64..1_000_000_000_000_000) {
            let middle = value(bucket(ns));
            prop_assert!(middle.abs_diff(ns) as f64 <= ns as f64 * 0.008, "{middle} for {ns}");
            prop_assert!(bucket(ns) <= bucket(ns + 1));
            prop_assert_eq!(bucket(middle), bucket(ns));
        }

        #[test]
        fn parts_add_up_to_the_whole(all in proptest::collection::vec(0u64..10_000_000_000, 1..200), cut in 0usize..200) {
            let of = |values: &[u64]| {
                let mut durations = Durations::default();
                values.iter().for_each(|ns| durations.record(*ns));
                durations
            };
            let cut = cut.min(all.len());
            let mut sum = of(&all[..cut]);
            sum.add(&of(&all[cut..]));
            let whole = of(&all);
            prop_assert_eq!((sum.count, sum.sum_ns, sum.least_ns, sum.most_ns), (whole.count, whole.sum_ns, whole.least_ns, whole.most_ns));
            prop_assert_eq!(&sum.buckets, &whole.buckets);
            let text = serde_json::to_string(&whole).unwrap();
            let back: Durations = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.sum_ns, whole.sum_ns);
            prop_assert_eq!(back.buckets.iter().map(|b| b.1).sum::<u64>(), whole.count);
        }
    }
}
