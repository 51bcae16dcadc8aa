//! What was measured, by query and plans: it holds wherever those plans come back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plans::{After, Key};
use crate::compare::{Comparison, Criteria, QueryComparison, Verdict, assembled, same_plan};
use crate::run::{Run, Status};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Verdicts.
    proven: BTreeMap<Key, QueryComparison>,
    /// Seen in an execution or two: enough to choose by, and to see what is plainly slower.
    seen: BTreeMap<Key, QueryComparison>,
}

impl Evidence {
    /// The last word counts. What was broken off before it said anything is nothing.
    pub fn prove(&mut self, after: &After, comparison: &Comparison) {
        for compared in comparison.queries.iter().filter(|compared| is_verdict(compared)) {
            let Some(key) = after.key(&compared.query) else { continue };
            self.proven.insert(key.clone(), compared.clone());
        }
    }

    pub fn prove_one(&mut self, key: &Key, compared: QueryComparison) {
        self.proven.insert(key.clone(), compared);
    }

    pub fn see(&mut self, key: &Key, compared: QueryComparison) {
        self.seen.insert(key.clone(), compared);
    }

    pub fn proven(&self, key: &Key) -> Option<&QueryComparison> {
        self.proven.get(key)
    }

    pub fn is_empty(&self) -> bool {
        self.proven.is_empty()
    }

    /// What is known at best: a verdict, or what was seen.
    pub fn best(&self, key: &Key) -> Option<&QueryComparison> {
        self.proven.get(key).or_else(|| self.seen.get(key))
    }

    /// The whole workload as far as there are verdicts. What is plainly slower counts without one, and so does that a
    /// query fails.
    pub fn comparison(&self, before: &Run, after: &After, criteria: &Criteria) -> Comparison {
        let is_bad = |compared: &&QueryComparison| {
            matches!(compared.verdict, Verdict::Regressed | Verdict::Failed)
        };
        self.assemble(before, after, criteria, |key| {
            self.proven.get(key).or_else(|| self.seen.get(key).filter(is_bad))
        })
    }

    /// As [`Evidence::comparison`], with everything that was seen: to choose by.
    pub fn quick_comparison(&self, before: &Run, after: &After, criteria: &Criteria) -> Comparison {
        self.assemble(before, after, criteria, |key| self.best(key))
    }

    fn assemble<'e>(
        &'e self,
        before: &Run,
        after: &After,
        criteria: &Criteria,
        known: impl Fn(&Key) -> Option<&'e QueryComparison>,
    ) -> Comparison {
        let mut unmeasured = 0;
        let queries = after.run.queries.iter().filter_map(|now| {
            let was = before.query(&now.id)?;
            match after.key(&now.id) {
                None if was.status == Status::Measured => Some(same_plan(was)),
                None => None,
                Some(key) => Some(known(key).cloned().unwrap_or_else(|| {
                    unmeasured += 1;
                    not_measured(was)
                })),
            }
        });
        let queries: Vec<QueryComparison> = queries.collect();
        let same = queries.iter().filter(|q| q.verdict == Verdict::Unchanged && q.blocks == 0);
        let notes = notes(same.count(), unmeasured, queries.len());
        assembled((before, &after.run), queries, criteria, notes)
    }
}

fn notes(same: usize, unmeasured: usize, all: usize) -> Vec<String> {
    let same = (same > 0).then(|| {
        format!(
            "{same} of {all} queries have the plan that they had, and count as unchanged: they were not measured again."
        )
    });
    let unmeasured = (unmeasured > 0).then(|| {
        format!(
            "{unmeasured} of {all} queries have another plan that was not measured: they count as unchanged, and \
             what they use is not yet proven."
        )
    });
    unmeasured.into_iter().chain(same).collect()
}

fn is_verdict(compared: &QueryComparison) -> bool {
    compared.verdict == Verdict::Failed || compared.ratio_interval.is_some()
}

const NOT_MEASURED: &str = "not measured with its new plan";

fn not_measured(was: &crate::run::QueryRun) -> QueryComparison {
    QueryComparison {
        note: Some(NOT_MEASURED.to_owned()),
        ..QueryComparison::new(&was.id, was.weight, Verdict::Inconclusive)
    }
}

/// The query has another plan, and nobody measured it.
pub fn is_unmeasured(compared: &QueryComparison) -> bool {
    compared.verdict == Verdict::Inconclusive && compared.blocks == 0
}
