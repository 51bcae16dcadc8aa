//! A closed interval: what we know of a number that was rounded, sampled or estimated.

use std::ops::{Add, Mul};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `low <= true value <= high`. An exact value has `low == high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    pub const ZERO: Interval = Interval { low: 0.0, high: 0.0 };

    pub fn exact(value: f64) -> Self {
        Interval { low: value, high: value }
    }

    /// Orders its arguments, so that a caller cannot build an empty interval.
    pub fn new(a: f64, b: f64) -> Self {
        Interval { low: a.min(b), high: a.max(b) }
    }

    pub fn mid(self) -> f64 {
        self.low + (self.high - self.low) / 2.0
    }

    pub fn is_exact(self) -> bool {
        self.low == self.high
    }

    /// `self - other`, never below zero: for shares of a whole, where a negative
    /// rest can only come from rounding.
    pub fn minus_clamped(self, other: Interval) -> Self {
        Interval { low: (self.low - other.high).max(0.0), high: (self.high - other.low).max(0.0) }
    }

    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Add for Interval {
    type Output = Interval;
    fn add(self, other: Interval) -> Interval {
        Interval { low: self.low + other.low, high: self.high + other.high }
    }
}

impl std::iter::Sum for Interval {
    fn sum<I: Iterator<Item = Interval>>(values: I) -> Interval {
        values.fold(Interval::ZERO, Add::add)
    }
}

/// Scaling by a non-negative factor.
impl Mul<f64> for Interval {
    type Output = Interval;
    fn mul(self, factor: f64) -> Interval {
        Interval::new(self.low * factor, self.high * factor)
    }
}
