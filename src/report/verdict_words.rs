//! What a comparison found, in the same words in every format.

use super::format;
use crate::compare::{QueryComparison, Verdict};

pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Improved => "faster",
        Verdict::Regressed => "slower",
        Verdict::Unchanged => "unchanged",
        Verdict::Inconclusive => "cannot tell",
        Verdict::Failed => "failed",
    }
}

/// `3.4× faster`; where the verdict is no direction the verdict alone, since a ratio would read like one. An
/// unchanged query whose times differ beside it says why it is called so.
pub fn change(query: &QueryComparison) -> String {
    match (query.verdict, query.ratio, query.ratio_interval) {
        (Verdict::Improved | Verdict::Regressed, Some(ratio), _) => format::speedup(ratio),
        (Verdict::Unchanged, _, None) => "same plan".to_owned(),
        (Verdict::Unchanged, _, Some(range)) if range.high < 1.0 || range.low > 1.0 => {
            "negligible".to_owned()
        }
        (verdict, ..) => word(verdict).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[test]
    fn unchanged_says_why_where_the_times_differ() {
        let unchanged = |range: Option<(f64, f64)>| {
            let ratio_interval = range.map(|(low, high)| Interval::new(low, high));
            let base = QueryComparison::new("q", 1.0, Verdict::Unchanged);
            change(&QueryComparison { ratio_interval, ..base })
        };
        assert_eq!(unchanged(None), "same plan");
        assert_eq!(unchanged(Some((0.97, 1.02))), "unchanged");
        assert_eq!(unchanged(Some((0.6, 0.9))), "negligible");
        let base = QueryComparison::new("q", 1.0, Verdict::Regressed);
        assert_eq!(change(&QueryComparison { ratio: Some(3.0), ..base }), "3.0× slower");
    }
}
