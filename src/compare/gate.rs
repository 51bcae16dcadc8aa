//! Whether a comparison lets a job pass.

use super::confirm::beyond_doubt;
use super::{Comparison, Level, QueryComparison, Verdict};

/// What a job shall fail on. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum FailOn {
    /// Something got slower, fails now, or answers differently.
    Regression,
    /// And something notable could not be told.
    Inconclusive,
    /// And anything else that changed: faster queries, other plans, new spills.
    Any,
}

/// The reasons are sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    Passed,
    Failed(Vec<String>),
    /// No verdict, where one was asked for.
    Undecided(Vec<String>),
}

/// A side that differs from itself makes every difference of time worthless: then only what needs no
/// steady clock decides, see [`beyond_doubt`].
pub fn gate(comparison: &Comparison, fail_on: FailOn) -> Gate {
    if let Some(check) = comparison.self_check.as_ref().filter(|check| !check.passed) {
        let certain = beyond_doubt(comparison);
        if !certain.is_empty() {
            return Gate::Failed(certain);
        }
        let refusal = "no gate: a side differs from itself, so other differences mean nothing";
        let reasons = std::iter::once(refusal.to_owned()).chain(check.failures.iter().cloned());
        return Gate::Undecided(reasons.collect());
    }
    let mut failures = regressions(comparison);
    if fail_on == FailOn::Any {
        failures.extend(other_changes(comparison));
    }
    if !failures.is_empty() {
        return Gate::Failed(failures);
    }
    match fail_on {
        FailOn::Regression => undecided(nothing_measured(comparison)),
        _ => undecided(nothing_measured(comparison).into_iter().chain(open(comparison))),
    }
}

fn undecided(reasons: impl IntoIterator<Item = String>) -> Gate {
    let reasons: Vec<String> = reasons.into_iter().collect();
    if reasons.is_empty() { Gate::Passed } else { Gate::Undecided(reasons) }
}

fn regressions(comparison: &Comparison) -> Vec<String> {
    let mut reasons = Vec::new();
    for query in &comparison.queries {
        let errors = query.signals.iter().filter(|signal| signal.level == Level::Error);
        reasons.extend(errors.map(|signal| format!("{}: {}", query.query, signal.message)));
        if query.verdict == Verdict::Regressed {
            reasons.push(slower(&query.query, query.ratio));
        }
    }
    if comparison.workload_verdict == Some(Verdict::Regressed) {
        reasons.push(slower("the workload as a whole", comparison.workload_ratio));
    }
    reasons
}

/// Beyond twice the time nobody thinks in per cent.
fn slower(what: &str, ratio: Option<f64>) -> String {
    match ratio {
        Some(ratio) if ratio >= 2.0 => format!("{what} takes {ratio:.1} times as long"),
        Some(ratio) => format!("{what} is slower{}", percent(ratio)),
        None => format!("{what} is slower"),
    }
}

fn percent(ratio: f64) -> String {
    format!(" by {:.0} %", (ratio - 1.0).abs() * 100.0)
}

fn other_changes(comparison: &Comparison) -> Vec<String> {
    let mut reasons = Vec::new();
    for query in &comparison.queries {
        let warnings = query.signals.iter().filter(|signal| signal.level == Level::Warning);
        reasons.extend(warnings.map(|signal| format!("{}: {}", query.query, signal.message)));
        if query.verdict == Verdict::Improved {
            let by = query.ratio.map_or(String::new(), percent);
            reasons.push(format!("{} is faster{by}", query.query));
        }
    }
    if comparison.workload_verdict == Some(Verdict::Improved) {
        reasons.push("the workload as a whole is faster".to_owned());
    }
    reasons
}

/// A comparison of nothing has not shown that nothing got slower.
fn nothing_measured(comparison: &Comparison) -> Option<String> {
    let judged = comparison.queries.iter().any(|query| query.q_value.is_some());
    (!judged).then(|| "no query was measured on both sides".to_owned())
}

fn open(comparison: &Comparison) -> Vec<String> {
    let least = comparison.criteria.map_or(0.0, |criteria| criteria.least_share);
    let notable = |query: &&QueryComparison| query.share.is_none_or(|share| share >= least);
    let open = comparison.queries.iter().filter(|query| match query.verdict {
        Verdict::Inconclusive => true,
        Verdict::Failed => !query.signals.iter().any(|signal| signal.level == Level::Error),
        _ => false,
    });
    let sentence = |query: &QueryComparison| {
        let why = query.note.as_deref().unwrap_or("nothing is known of it");
        format!("{}: {why}", query.query)
    };
    let mut reasons: Vec<String> = open.filter(notable).map(sentence).collect();
    if comparison.workload_verdict == Some(Verdict::Inconclusive) {
        reasons.push("the workload as a whole could not be told".to_owned());
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Cause, Method, SelfCheck, Signal};

    fn comparison(verdict: Verdict) -> Comparison {
        let query =
            QueryComparison { q_value: Some(0.5), ..QueryComparison::new("q", 1.0, verdict) };
        Comparison { queries: vec![query], ..Comparison::new(Method::Alternating) }
    }

    fn plan_flip(level: Level) -> Comparison {
        let mut flipped = comparison(Verdict::Unchanged);
        let cause = Cause::PlanChanged { rows: Vec::new() };
        flipped.queries[0].signals.push(Signal::new(level, "the plan changed", cause));
        flipped
    }

    #[test]
    fn each_wish_fails_on_its_own_and_on_what_is_worse() {
        let passes = |verdict, on| gate(&comparison(verdict), on) == Gate::Passed;
        assert!(passes(Verdict::Unchanged, FailOn::Any));
        assert!(passes(Verdict::Inconclusive, FailOn::Regression));
        assert!(passes(Verdict::Improved, FailOn::Inconclusive));
        let failed = gate(&comparison(Verdict::Regressed), FailOn::Regression);
        assert_eq!(failed, Gate::Failed(vec!["q is slower".to_owned()]));
        let open = gate(&comparison(Verdict::Inconclusive), FailOn::Inconclusive);
        assert!(matches!(open, Gate::Undecided(_)));
        assert!(matches!(gate(&comparison(Verdict::Improved), FailOn::Any), Gate::Failed(_)));
    }

    #[test]
    fn a_plan_flip_is_a_warning_and_a_changed_result_an_error() {
        let warning = plan_flip(Level::Warning);
        assert_eq!(gate(&warning, FailOn::Regression), Gate::Passed);
        assert!(matches!(gate(&warning, FailOn::Any), Gate::Failed(_)));
        assert!(matches!(gate(&plan_flip(Level::Error), FailOn::Regression), Gate::Failed(_)));
    }

    #[test]
    fn a_side_that_differs_from_itself_decides_nothing() {
        let check = SelfCheck {
            passed: false,
            compared: 2,
            failures: vec!["q (before) differs from itself by 30 %".to_owned()],
            smallest_effect: None,
        };
        let untrusted = Comparison { self_check: Some(check), ..comparison(Verdict::Regressed) };
        let Gate::Undecided(reasons) = gate(&untrusted, FailOn::Regression) else { panic!() };
        assert_eq!(reasons.len(), 2);
        let untrusted = Comparison { self_check: untrusted.self_check, ..plan_flip(Level::Error) };
        let certain = Gate::Failed(vec!["q: the plan changed".to_owned()]);
        assert_eq!(gate(&untrusted, FailOn::Regression), certain);
    }

    #[test]
    fn nothing_measured_is_no_pass() {
        let nothing = Comparison::new(Method::Sequential);
        assert!(matches!(gate(&nothing, FailOn::Regression), Gate::Undecided(_)));
    }
}
