//! The figures that are shown of a histogram.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Histogram, HistogramError, Interval, median_ranks};

/// Service times of one query: from sending to the last row, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    pub count: u64,
    pub mean_ms: f64,
    pub min_ms: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// 95 % interval of the median, from order statistics; the whole range when there are too few executions.
    pub median_interval: Interval,
    /// HDR histogram of nanoseconds, V2 format, base64. See [`Latency::histogram`].
    pub histogram: String,
}

impl Latency {
    /// `None` for an empty histogram: there is nothing to say of no executions.
    pub fn of(histogram: &Histogram) -> Option<Latency> {
        if histogram.is_empty() {
            return None;
        }
        let (low, high) = median_ranks(histogram.count());
        Some(Latency {
            count: histogram.count(),
            mean_ms: histogram.mean_ms(),
            min_ms: histogram.min_ms(),
            p50_ms: histogram.quantile_ms(0.5),
            p90_ms: histogram.quantile_ms(0.9),
            p95_ms: histogram.quantile_ms(0.95),
            p99_ms: histogram.quantile_ms(0.99),
            max_ms: histogram.max_ms(),
            median_interval: Interval::new(histogram.ranked_ms(low), histogram.ranked_ms(high)),
            histogram: histogram.encode(),
        })
    }

    pub fn histogram(&self) -> Result<Histogram, HistogramError> {
        Histogram::decode(&self.histogram)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_measured_has_no_latency() {
        assert_eq!(Latency::of(&Histogram::default()), None);
    }

    #[test]
    fn the_interval_encloses_the_median() {
        let mut histogram = Histogram::default();
        for m in 1..=20 {
            histogram.record(Duration::from_millis(m));
        }
        let latency = Latency::of(&histogram).unwrap();
        assert!(latency.median_interval.contains(latency.p50_ms));
        assert!((latency.median_interval.low - 6.0).abs() < 0.1);
        assert!((latency.median_interval.high - 15.0).abs() < 0.1);
    }
}
