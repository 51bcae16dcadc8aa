//! What a comparison found, in the same words in every format.

use super::format;
use crate::compare::{QueryComparison, Verdict};
use crate::stats::Interval;

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
        (Verdict::Improved, Some(_), Some(range)) if is_wide(range) => {
            format!("at least {}", format::speedup(range.high))
        }
        (Verdict::Regressed, Some(_), Some(range)) if is_wide(range) => {
            format!("at least {}", format::speedup(range.low))
        }
        (Verdict::Improved | Verdict::Regressed, Some(ratio), _) => format::speedup(ratio),
        (Verdict::Unchanged, _, None) => "same plan".to_owned(),
        (Verdict::Unchanged, _, Some(range)) if range.high < 1.0 || range.low > 1.0 => {
            "negligible".to_owned()
        }
        (verdict, ..) => word(verdict).to_owned(),
    }
}

/// One end is so many times the other: a factor between them would promise what nobody has seen.
const WIDE: f64 = 3.0;

fn is_wide(range: Interval) -> bool {
    range.high / range.low > WIDE
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let wide = QueryComparison::new("q", 1.0, Verdict::Improved);
        let range = Some(Interval::new(1.0 / 5.1, 1.0 / 1.2));
        let wide = QueryComparison { ratio: Some(1.0 / 1.4), ratio_interval: range, ..wide };
        assert_eq!(change(&wide), "at least 1.2× faster");
        let base = QueryComparison::new("q", 1.0, Verdict::Regressed);
        assert_eq!(change(&QueryComparison { ratio: Some(3.0), ..base }), "3.0× slower");
    }
}
