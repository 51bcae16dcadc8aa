//! One database before and after a change, measured one after the other: for where the two states
//! cannot be reached at once. What else changed in between is measured as well, so a difference
//! must be four times as large before it counts, and the report says how it was measured.

use super::alternate::total_pairs;
use super::conclude::{Judging, Taken, conclude};
use super::paired_measurement::{Measurable, PairedMeasurement};
use super::samples::{Samples, SideSamples, Which};
use super::{AlternateOptions, Comparison, Criteria, Method, Pair};
use crate::engine::DbError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{ErrorCount, Run, Status};
use crate::workload::Workload;

/// Beyond ±20 %: of identical runs compared one after the other, 8 % lie beyond ±5 %.
const TOLERANCE: f64 = 0.20;

/// Block medians of every query in one state of the database.
pub struct Half {
    queries: Vec<(String, SideSamples, Option<DbError>)>,
}

/// Measures one state, in blocks of shuffled queries, within the options' budget.
pub async fn half(
    side: Measurable<'_>,
    workload: &Workload,
    options: &AlternateOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Half, DbError> {
    let mut measurement = PairedMeasurement::open(Some(side), None, workload, interrupt).await?;
    measurement.warm_up(progress).await?;
    let allocations = measurement.allocations(options);
    let bar = progress.bar(total_pairs(&allocations), "measuring");
    let outcome = measurement.blocks(&allocations, options.seed, &bar).await;
    bar.finish_and_clear();
    outcome?;
    let taken = measurement.into_taken().into_iter();
    let queries = taken.map(|(query, samples)| {
        (query.id.clone(), samples.before, samples.failure.map(|(_, error)| error))
    });
    Ok(Half { queries: queries.collect() })
}

/// Compares two halves of the same workload by the rank-sum test over block medians.
pub fn sequential(
    pair: Pair<'_>,
    workload: &Workload,
    before: &Half,
    after: &Half,
    criteria: &Criteria,
) -> Comparison {
    let joined: Vec<_> = workload
        .queries
        .iter()
        .filter_map(|query| Some((query, joined(before.of(&query.id)?, after.of(&query.id)?))))
        .collect();
    let taken: Vec<_> = joined
        .iter()
        .map(|(query, samples)| Taken { query: &query.id, weight: query.weight, samples })
        .collect();
    let judging = Judging {
        method: Method::Sequential,
        criteria: &careful(criteria),
        same_plan_is_unchanged: true,
        self_check: false,
        early: false,
    };
    let mut comparison = conclude(judging, (pair.before.1, pair.after.1), &taken);
    comparison.notes.push(note());
    comparison
}

/// What it takes when drift of the machine is part of the difference.
pub fn careful(criteria: &Criteria) -> Criteria {
    Criteria { tolerance: criteria.tolerance.max(TOLERANCE), ..*criteria }
}

pub fn note() -> String {
    format!(
        "Measured one after the other: what else changed in between is in the figures, so \
         differences count only beyond {:.0} %.",
        TOLERANCE * 100.0
    )
}

type Part<'h> = (&'h SideSamples, Option<&'h DbError>);

impl Half {
    /// Puts what was measured into the record, in place of what its own rounds saw: block medians
    /// are what two records are compared by. A query that failed meanwhile counts as failed.
    pub fn record(self, run: &mut Run) {
        for (id, samples, failure) in self.queries {
            let Some(query) = run.queries.iter_mut().find(|query| query.id == id) else { continue };
            if let Some(error) = failure {
                query.errors.push(ErrorCount { error: error.clone(), count: 1 });
                query.status = Status::Failed { error };
            }
            query.latency = samples.latency().or(query.latency.take());
            query.rounds_ms = samples.blocks;
        }
    }

    fn of(&self, id: &str) -> Option<Part<'_>> {
        let found = self.queries.iter().find(|(query, ..)| query == id)?;
        Some((&found.1, found.2.as_ref()))
    }
}

fn joined((before, failed): Part<'_>, (after, failed_after): Part<'_>) -> Samples {
    let failure = failed.map(|error| (Which::Before, error.clone()));
    let failure = failure.or(failed_after.map(|error| (Which::After, error.clone())));
    Samples { before: before.clone(), after: after.clone(), failure }
}
