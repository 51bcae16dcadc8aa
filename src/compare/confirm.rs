//! Measured again before it is said: what is slower only once was the machine.

use super::{Cause, Comparison, Level, QueryComparison, Verdict};

/// Whether a slow-down rests on the clock alone, so that it must be seen twice.
pub fn needs_confirmation(comparison: &Comparison) -> bool {
    let mut slower = comparison.queries.iter().filter(|q| q.verdict == Verdict::Regressed);
    let whole = comparison.workload_verdict == Some(Verdict::Regressed);
    let explained = |query: &QueryComparison| query.signals.iter().any(explains);
    match slower.clone().next() {
        Some(_) => !slower.all(explained),
        None => whole,
    }
}

/// The second comparison, in which only that is slower which the first one found slower too.
pub fn confirmed(first: &Comparison, mut second: Comparison) -> Comparison {
    let slower = |query: &str| first.query(query).is_some_and(|q| q.verdict == Verdict::Regressed);
    let mut withdrawn = first.queries.iter().filter(|q| q.verdict == Verdict::Regressed).count();
    for query in second.queries.iter_mut().filter(|q| q.verdict == Verdict::Regressed) {
        match slower(&query.query) || query.signals.iter().any(explains) {
            true => withdrawn = withdrawn.saturating_sub(1),
            false => {
                query.verdict = Verdict::Inconclusive;
                query.note =
                    Some("slower in one of two measurements only, which is no verdict".to_owned());
            }
        }
    }
    let regressed = Some(Verdict::Regressed);
    if second.workload_verdict == regressed && first.workload_verdict != regressed {
        second.workload_verdict = Some(Verdict::Inconclusive);
    }
    second.notes.push(match withdrawn {
        0 => "Measured a second time, because the first time something was slower: it still is.",
        _ => "Measured a second time, because the first time something was slower: not all of it still is.",
    }.to_owned());
    second
}

/// What is worse on any machine, as sentences: other rows, errors, or a query that touches twice the blocks and takes
/// twice the time. It holds even where the clock is not to be trusted with less.
pub fn beyond_doubt(comparison: &Comparison) -> Vec<String> {
    let mut reasons = Vec::new();
    for query in &comparison.queries {
        let errors = query.signals.iter().filter(|signal| signal.level == Level::Error);
        reasons.extend(errors.map(|signal| format!("{}: {}", query.query, signal.message)));
        let more_work = query.signals.iter().find(|signal| {
            matches!(signal.cause, Cause::BuffersChanged { .. } | Cause::EntriesChanged { .. })
                && signal.level >= Level::Warning
        });
        let twice = query.ratio_interval.is_some_and(|range| range.low >= 2.0);
        if let (Verdict::Regressed, true, Some(signal)) = (query.verdict, twice, more_work) {
            let by = query.ratio.unwrap_or(f64::NAN);
            let id = &query.query;
            reasons.push(format!("{id} takes {by:.1} times as long, with {}", signal.message));
        }
    }
    reasons
}

/// A cause that needs no clock.
fn explains(signal: &super::Signal) -> bool {
    let worse = matches!(
        signal.cause,
        Cause::PlanChanged { .. }
            | Cause::BuffersChanged { .. }
            | Cause::EntriesChanged { .. }
            | Cause::DiskUseChanged { .. }
            | Cause::SpillAppeared { .. }
    );
    worse && signal.level >= Level::Warning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Method, Signal};

    fn comparison(verdicts: &[(&str, Verdict)]) -> Comparison {
        let query = |(id, verdict): &(&str, Verdict)| QueryComparison::new(*id, 1.0, *verdict);
        let queries = verdicts.iter().map(query).collect();
        Comparison { queries, ..Comparison::new(Method::Sequential) }
    }

    #[test]
    fn what_is_slower_once_is_not_said_to_be_slower() {
        let first = comparison(&[("a", Verdict::Regressed), ("b", Verdict::Unchanged)]);
        assert!(needs_confirmation(&first));
        let second = comparison(&[("a", Verdict::Unchanged), ("b", Verdict::Regressed)]);
        let verdicts: Vec<Verdict> =
            confirmed(&first, second).queries.iter().map(|q| q.verdict).collect();
        assert_eq!(verdicts, [Verdict::Unchanged, Verdict::Inconclusive]);
        let again = confirmed(&first, first.clone());
        assert_eq!(again.queries[0].verdict, Verdict::Regressed);
    }

    #[test]
    fn twice_the_blocks_and_twice_the_time_are_no_noise() {
        let mut slower = comparison(&[("a", Verdict::Regressed)]);
        slower.queries[0].ratio = Some(9.0);
        slower.queries[0].ratio_interval = Some(crate::stats::Interval::new(2.5, 12.0));
        assert!(beyond_doubt(&slower).is_empty(), "the clock alone");
        let cause = Cause::BuffersChanged { before: 10, after: 900 };
        slower.queries[0].signals.push(Signal::new(Level::Warning, "10 before, 900 after", cause));
        let said = ["a takes 9.0 times as long, with 10 before, 900 after"];
        assert_eq!(beyond_doubt(&slower), said);
        slower.queries[0].ratio_interval = Some(crate::stats::Interval::new(1.5, 12.0));
        assert!(beyond_doubt(&slower).is_empty());
    }

    #[test]
    fn a_changed_plan_is_believed_at_once() {
        let mut slower = comparison(&[("a", Verdict::Regressed)]);
        let cause = Cause::BuffersChanged { before: 10, after: 1_000 };
        slower.queries[0].signals.push(Signal::new(Level::Warning, "10 before, 1000 after", cause));
        assert!(!needs_confirmation(&slower));
        assert!(!needs_confirmation(&comparison(&[("a", Verdict::Improved)])));
    }
}
