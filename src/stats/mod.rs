//! Numbers with their uncertainty: intervals, latency histograms, paired tests.

mod interval;

pub use interval::Interval;
