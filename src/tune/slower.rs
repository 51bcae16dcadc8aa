//! Which queries count as slower when a change is judged.

use crate::compare::{Cause, Criteria, QueryComparison, Verdict};

/// The report calls a query slower when its whole interval lies beyond the tolerance. A change must do more than
/// escape that: one that has certainly cost a query something, and more than the tolerance as far as anybody can
/// tell, is not advised either.
pub fn is_slower(compared: &QueryComparison) -> bool {
    match compared.verdict {
        Verdict::Regressed => true,
        Verdict::Inconclusive => is_probably_slower(compared),
        // It was answered before, and is not any more.
        Verdict::Failed => compared.before.is_some() && fails_now(compared),
        Verdict::Improved | Verdict::Unchanged => false,
    }
}

fn fails_now(compared: &QueryComparison) -> bool {
    let mut causes = compared.signals.iter().map(|signal| &signal.cause);
    causes.any(|cause| matches!(cause, Cause::ErrorsAppeared { .. }))
}

fn is_probably_slower(compared: &QueryComparison) -> bool {
    let criteria = Criteria::default();
    let certain = compared.q_value.is_some_and(|q_value| q_value < criteria.q_value);
    let wholly = compared.ratio_interval.is_some_and(|interval| interval.low > 1.0);
    let ratio = compared.ratio.unwrap_or(1.0);
    certain && wholly && ratio > 1.0 + criteria.tolerance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn compared(verdict: Verdict, q_value: f64, (low, ratio, high): (f64, f64, f64)) -> bool {
        is_slower(&QueryComparison {
            q_value: Some(q_value),
            ratio: Some(ratio),
            ratio_interval: Some(Interval::new(low, high)),
            ..QueryComparison::new("q", 1.0, verdict)
        })
    }

    #[test]
    fn what_cannot_be_told_counts_where_the_loss_is_certain_and_only_its_size_is_not() {
        assert!(compared(Verdict::Inconclusive, 0.01, (1.02, 1.07, 1.17)));
        assert!(!compared(Verdict::Inconclusive, 0.2, (1.02, 1.07, 1.17)));
        assert!(!compared(Verdict::Inconclusive, 0.01, (0.98, 1.07, 1.17)));
        assert!(!compared(Verdict::Inconclusive, 0.01, (1.01, 1.03, 1.06)));
        assert!(compared(Verdict::Regressed, 0.01, (1.1, 1.2, 1.3)));
        assert!(!compared(Verdict::Unchanged, 0.01, (1.01, 1.06, 1.07)), "immaterial");
    }
}
