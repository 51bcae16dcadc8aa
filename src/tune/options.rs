//! How changes are measured.

use crate::compare::{AlternateOptions, Criteria};

#[derive(Debug, Clone, PartialEq)]
pub struct TuneOptions {
    /// The budget covers all measuring of before against after, the second look included.
    pub alternate: AlternateOptions,
}

impl Default for TuneOptions {
    /// A change is judged by the queries it is for, however small their share of the workload.
    fn default() -> Self {
        let criteria = Criteria { least_share: 0.0, ..Criteria::default() };
        TuneOptions { alternate: AlternateOptions { criteria, ..AlternateOptions::default() } }
    }
}

/// Share of the budget for the first look at everything; the rest is for a second look once the
/// changes that did not help are gone.
pub const FIRST_LOOK: f64 = 0.6;

/// Share of the budget for each look after the second, when something else is tried instead of what was
/// dropped, and how many such looks there may be.
pub const LATER_LOOK: f64 = 0.3;
pub const MOST_LOOKS: usize = 4;

impl TuneOptions {
    pub fn look(&self, share: f64) -> AlternateOptions {
        AlternateOptions { budget: self.alternate.budget.mul_f64(share), ..self.alternate.clone() }
    }
}
