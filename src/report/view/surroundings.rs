//! Where the two sides' surroundings differ, and whether either side differs from itself: read before any verdict.

use serde::Serialize;

use crate::compare::{Comparison, Level, SelfCheck};
use crate::report::format;

/// One thing that is not the same on both sides.
#[derive(Debug, Clone, Serialize)]
pub struct SurroundingRow {
    /// `warning` or `info`; an error is shown as a warning too.
    pub level: &'static str,
    pub what: String,
    pub before: String,
    pub after: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct SelfCheckView {
    pub passed: bool,
    pub sentence: String,
}

pub fn surroundings(comparison: &Comparison) -> Vec<SurroundingRow> {
    let row = |difference: &crate::compare::Difference| SurroundingRow {
        level: if difference.level >= Level::Warning { "warning" } else { "info" },
        what: difference.what.clone(),
        before: difference.before.clone(),
        after: difference.after.clone(),
    };
    comparison.differences.iter().map(row).collect()
}

pub fn self_check(check: &SelfCheck) -> SelfCheckView {
    let sentence = match (check.passed, check.smallest_effect) {
        (false, _) => format!(
            "A run differs from itself, so differences of time mean little: {}.",
            check.failures.join("; ")
        ),
        (true, _) if check.compared == 0 => {
            "There were too few executions to compare each run with itself.".to_owned()
        }
        (true, None) => "Compared with itself, each run shows no difference.".to_owned(),
        (true, Some(range)) => {
            let (low, high) = (format::percent(range.low), format::percent(range.high));
            let seen = match low == high {
                true => format!("A slow-down of {low}"),
                false => format!("A slow-down of {low} (steadiest query) to {high} (unsteadiest)"),
            };
            format!(
                "Compared with itself, each run shows no difference. {seen} would have been seen."
            )
        }
    };
    SelfCheckView { passed: check.passed, sentence }
}
