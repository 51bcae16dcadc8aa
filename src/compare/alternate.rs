//! Measuring two databases against each other, execution by execution.
//!
//! Source: randomised multiple interleaved trials (Abedi & Brecht, ICPE 2017) and duet benchmarking
//! (arXiv 2001.05811). Sequential timings also contain the drift of the machine: of identical runs
//! compared that way, up to two thirds differed "significantly"; alternating executions, none.

use std::time::Duration;

use super::allocation::{Allocation, total};
use super::conclude::{Judging, conclude};
use super::paired_measurement::{Measurable, PairedMeasurement};
use super::{Comparison, Criteria, Level, Method};
use crate::engine::DbError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::workload::Workload;

/// On a busy machine a gate may take so many times as long as it was given.
const PATIENCE: u32 = 3;

/// Parameter sets of a query in each block, where only changed plans are measured.
const SETS_IN_A_BLOCK: usize = 4;
/// A quick comparison has two blocks, and what it passes over is not looked at again.
pub const SETS_COMPARED_QUICKLY: usize = 8;

/// Share of the time spent waiting for a processor that is worth saying.
const NOTABLE_WAITING: f64 = 0.05;

#[derive(Debug, Clone, PartialEq)]
pub struct AlternateOptions {
    /// Blocks of every query that is fast enough for it; slow ones get 6 at least.
    pub blocks: u32,
    /// For all queries together, warm-up aside.
    pub budget: Duration,
    /// Decides the order of the queries within each block.
    pub seed: u64,
    pub criteria: Criteria,
    /// Any query may have changed, whatever its plan says: all of them get the blocks that it takes to
    /// convince, and each side is checked against itself. Otherwise only those whose plan changed do.
    pub every_query: bool,
    /// A query whose blocks are all twice as fast or slow is settled after three, and an execution that takes five times what
    /// the other side takes is cut off: for finding out which changes help, not for a gate.
    pub early: bool,
}

impl Default for AlternateOptions {
    fn default() -> Self {
        AlternateOptions {
            blocks: 16,
            budget: Duration::from_secs(45),
            seed: 1,
            criteria: Criteria::default(),
            every_query: false,
            early: false,
        }
    }
}

/// Two databases, or one before and after a change.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub before: Measurable<'a>,
    pub after: Measurable<'a>,
}

/// Runs every query of `workload` that both runs could measure, alternating between the sides with
/// the same parameters, in ABBA order inside blocks, the queries shuffled within each block. A few executions on each
/// side warm up and are thrown away. An interrupt ends it early, and so does a server that goes away
/// ([`Comparison::lost`]); blocks finished until then count.
pub async fn alternate(
    pair: Pair<'_>,
    workload: &Workload,
    options: &AlternateOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Comparison, DbError> {
    let judging = Judging {
        method: Method::Alternating,
        criteria: &options.criteria,
        same_plan_is_unchanged: !options.every_query,
        self_check: options.every_query,
        early: options.early,
    };
    let runs = (pair.before.1, pair.after.1);
    let opened =
        PairedMeasurement::open(Some(pair.before), Some(pair.after), workload, interrupt).await;
    let mut measurement = match opened {
        Err(error) if error.ends_session() => {
            let mut nothing = conclude(judging, runs, &[]);
            nothing.lose(Some(error));
            return Ok(nothing);
        }
        opened => opened?,
    };
    match options.every_query {
        true => measurement.be_patient(PATIENCE),
        false => measurement.hold_sets(SETS_IN_A_BLOCK),
    }
    if options.early {
        measurement.end_early();
    }
    let warmed_up = measurement.warm_up(progress).await;
    let allocations = measurement.allocations(options);
    let bar = progress.bar(total_pairs(&allocations), "measuring before and after");
    let outcome = match warmed_up {
        Ok(()) => measurement.blocks(&allocations, options.seed, &bar).await,
        Err(error) => Err(error),
    };
    bar.finish_and_clear();
    let expected = total(&measurement.query_costs(), &allocations);
    let mut comparison = conclude(judging, runs, &measurement.taken());
    expect_what_was_asked_for(&mut comparison, pair);
    comparison.notes.extend(waiting(&measurement));
    comparison.notes.extend(notes(expected, options.budget, interrupt));
    comparison.lose(outcome.err());
    Ok(comparison)
}

/// `blocks` blocks of one execution of each parameter set on each side, of every query that both runs could measure: enough to see what is
/// twice as slow, too little for a verdict.
pub async fn quick_comparison(
    pair: Pair<'_>,
    workload: &Workload,
    blocks: u32,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Comparison, DbError> {
    let mut measurement =
        PairedMeasurement::open(Some(pair.before), Some(pair.after), workload, interrupt).await?;
    measurement.hold_sets(SETS_COMPARED_QUICKLY);
    measurement.end_early();
    measurement.warm_up(progress).await?;
    let allocations = vec![Allocation { blocks, pairs: 1 }; measurement.query_costs().len()];
    let allocations = measurement.with_sets(allocations);
    let bar = progress.bar(total_pairs(&allocations), "a glance at before and after");
    let outcome = measurement.blocks(&allocations, 1, &bar).await;
    bar.finish_and_clear();
    outcome?;
    let judging = Judging {
        method: Method::Alternating,
        criteria: &Criteria::default(),
        same_plan_is_unchanged: false,
        self_check: false,
        early: false,
    };
    Ok(conclude(judging, (pair.before.1, pair.after.1), &measurement.taken()))
}

/// Settings that one side was given on purpose differ on purpose.
fn expect_what_was_asked_for(comparison: &mut Comparison, pair: Pair<'_>) {
    let given = [pair.before.0, pair.after.0];
    let given = |name: &str| {
        given.iter().any(|side| side.options.settings.iter().any(|(given, _)| given == name))
    };
    for difference in comparison.differences.iter_mut().filter(|d| given(&d.what)) {
        difference.level = Level::Info;
    }
    comparison.differences.sort_by_key(|difference| std::cmp::Reverse(difference.level));
}

pub(super) fn total_pairs(allocations: &[Allocation]) -> u64 {
    allocations.iter().map(|allocation| u64::from(allocation.blocks * allocation.pairs)).sum()
}

/// A busy machine is said, not hidden.
fn waiting(measurement: &PairedMeasurement<'_>) -> Option<String> {
    let each = measurement.taken().into_iter().map(|taken| taken.samples.waiting());
    let (elapsed, waited) = each.fold((0.0, 0.0), |(elapsed, waited), (all, idle)| {
        (elapsed + all.as_secs_f64(), waited + idle.as_secs_f64())
    });
    let share = waited / f64::max(elapsed, f64::MIN_POSITIVE);
    (share > NOTABLE_WAITING).then(|| {
        format!(
            "The machine was busy: for {:.0} % of the time the server waited for a processor that others \
             were using.",
            share * 100.0
        )
    })
}

fn notes(expected: Duration, budget: Duration, interrupt: &Interrupt) -> Vec<String> {
    let over = (expected > budget + budget / 10).then(|| {
        format!(
            "The fewest blocks that can tell a difference took about {:.0} s, more than the {:.0} s given.",
            expected.as_secs_f64(),
            budget.as_secs_f64()
        )
    });
    let ended = interrupt.is_set().then(|| {
        "Interrupted: verdicts rest on the blocks that were finished until then.".to_owned()
    });
    over.into_iter().chain(ended).collect()
}

#[cfg(test)]
#[path = "alternate_tests.rs"]
mod tests;
