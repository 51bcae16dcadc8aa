//! A latency histogram of bounded size: HDR, nanoseconds, three significant digits.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use thiserror::Error;

/// Counts of durations, each kept to within 0.1 %.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: hdrhistogram::Histogram<u64>,
}

/// Text that is not a histogram of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a latency histogram (HDR V2 in base64): {0}")]
pub struct HistogramError(String);

const SIGNIFICANT_DIGITS: u8 = 3;

/// About eleven days: longer than any statement that we would wait for.
const LONGEST_NS: u128 = 1_000_000_000_000_000;

impl Default for Histogram {
    fn default() -> Self {
        let counts = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS)
            .expect("three significant digits are within the library's range of 0 to 5");
        Histogram { counts }
    }
}

impl Histogram {
    pub fn record(&mut self, elapsed: Duration) {
        let nanoseconds = elapsed.as_nanos().clamp(1, LONGEST_NS) as u64;
        self.counts.record(nanoseconds).expect("an auto-resizing histogram takes any value");
    }

    pub fn record_many(&mut self, elapsed: Duration, count: u64) {
        let nanoseconds = elapsed.as_nanos().clamp(1, LONGEST_NS) as u64;
        let recorded = self.counts.record_n(nanoseconds, count);
        recorded.expect("an auto-resizing histogram takes any value");
    }

    pub fn add(&mut self, other: &Histogram) {
        self.counts.add(&other.counts).expect("an auto-resizing histogram takes any other");
    }

    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub fn mean_ms(&self) -> f64 {
        ms(self.counts.mean())
    }

    pub fn min_ms(&self) -> f64 {
        ms(self.counts.min() as f64)
    }

    pub fn max_ms(&self) -> f64 {
        ms(self.counts.max() as f64)
    }

    /// The value below or at which `quantile` (0 to 1) of the durations lie.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        ms(self.counts.value_at_quantile(quantile) as f64)
    }

    /// The `rank`-th smallest duration, from 1.
    pub fn ranked_ms(&self, rank: u64) -> f64 {
        let share = rank as f64 / self.counts.len().max(1) as f64;
        // Half a rank below the share, so that rounding in the division cannot reach the next one.
        self.quantile_ms((share - 0.5 / self.counts.len().max(1) as f64).clamp(0.0, 1.0))
    }

    /// Non-empty buckets in order: upper value in milliseconds, and count.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let recorded = self.counts.iter_recorded();
        recorded.map(|b| (ms(b.value_iterated_to() as f64), b.count_at_value())).collect()
    }

    /// HDR V2, base64: what `run.json` holds.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&self.counts, &mut bytes)
            .expect("serialising into memory does not fail below 2^32 buckets");
        STANDARD.encode(bytes)
    }

    pub fn decode(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD.decode(text).map_err(|e| HistogramError(e.to_string()))?;
        let counts = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|e| HistogramError(format!("{e:?}")))?;
        Ok(Histogram { counts })
    }
}

fn ms(nanoseconds: f64) -> f64 {
    nanoseconds / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(milliseconds: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &m in milliseconds {
            histogram.record(Duration::from_millis(m));
        }
        histogram
    }

    #[test]
    fn quantiles_of_one_to_hundred() {
        let histogram = of(&(1..=100).collect::<Vec<_>>());
        assert_eq!(histogram.count(), 100);
        assert!((histogram.quantile_ms(0.5) - 50.0).abs() < 0.1);
        assert!((histogram.quantile_ms(0.99) - 99.0).abs() < 0.1);
        assert!((histogram.ranked_ms(40) - 40.0).abs() < 0.1);
        assert!((histogram.mean_ms() - 50.5).abs() < 0.1);
    }

    #[test]
    fn damaged_text_is_refused() {
        assert!(Histogram::decode("not base64!").is_err());
        assert!(Histogram::decode("AAAA").is_err());
    }

    proptest! {
        #[test]
        fn encoding_keeps_every_bucket(values in proptest::collection::vec(1u64..10_000_000, 1..200)) {
            let mut histogram = Histogram::default();
            for v in &values {
                histogram.record(Duration::from_micros(*v));
            }
            let back = Histogram::decode(&histogram.encode()).unwrap();
            prop_assert_eq!(back.buckets(), histogram.buckets());
            prop_assert_eq!(back.count(), values.len() as u64);
        }

        #[test]
        fn quantiles_stay_within_a_thousandth(mut values in proptest::collection::vec(1u64..10_000_000, 1..200)) {
            let mut histogram = Histogram::default();
            for v in &values {
                histogram.record(Duration::from_micros(*v));
            }
            values.sort_unstable();
            for rank in [1, values.len().div_ceil(2), values.len()] {
                let exact = values[rank - 1] as f64 / 1e3;
                let seen = histogram.ranked_ms(rank as u64);
                prop_assert!((seen - exact).abs() <= exact * 0.0011, "{seen} for {exact}");
            }
        }
    }
}
