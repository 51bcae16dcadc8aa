//! Tonight against the baseline.

use super::config::Config;
use crate::compare::{
    Comparison, FailOn, Gate, confirmed, gate, needs_confirmation, records, split_check,
};
use crate::history::{Baseline, Outcome};
use crate::run::Run;

/// The comparison with its A/A self-check.
pub fn compare(baseline: &Baseline, tonight: &Run, config: &Config) -> Comparison {
    let before = comparable(&baseline.run, tonight);
    let mut comparison = records(&before, tonight, &config.criteria());
    comparison.self_check = Some(split_check(tonight, &comparison, &config.criteria()));
    comparison
}

/// What is known after some measurements of the same night.
pub enum Finding {
    /// The last comparison stands.
    Settled(Comparison),
    /// Measure again: the machine was not steady, or something is slower on the word of the clock alone.
    Again { slower: Option<Comparison> },
}

/// `slower` is an earlier, steady measurement that waits to be confirmed.
pub fn find(latest: Comparison, slower: Option<Comparison>, config: &Config) -> Finding {
    let steady = latest.self_check.as_ref().is_none_or(|check| check.passed);
    match slower {
        slower if !steady => Finding::Again { slower },
        Some(first) => Finding::Settled(confirmed(&first, latest)),
        None if config.gate.confirm && needs_confirmation(&latest) => {
            Finding::Again { slower: Some(latest) }
        }
        None => Finding::Settled(latest),
    }
}

/// After the last measurement: slower once, and no steady one to confirm it, is no verdict.
pub fn unsettled(mut latest: Comparison) -> Comparison {
    if let Some(check) = latest.self_check.as_mut().filter(|check| check.passed) {
        check.passed = false;
        let why = "the machine was not steady often enough to confirm what is slower";
        check.failures.push(why.to_owned());
    }
    latest
}

pub fn decide(comparison: &Comparison, fail_on: FailOn) -> (Gate, Outcome) {
    let gate = gate(comparison, fail_on);
    let outcome = match gate {
        Gate::Passed => Outcome::Good,
        Gate::Failed(_) => Outcome::Bad,
        Gate::Undecided(_) => Outcome::Undecided,
    };
    (gate, outcome)
}

/// The baseline without queries that bear the same name and ask something else now.
fn comparable(baseline: &Run, tonight: &Run) -> Run {
    let mut baseline = baseline.clone();
    baseline
        .queries
        .retain(|old| tonight.query(&old.id).is_none_or(|new| new.sql.trim() == old.sql.trim()));
    baseline
}
