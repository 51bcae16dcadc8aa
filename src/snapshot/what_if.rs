//! Which plans a change changes: two replicas of one snapshot, asked the same.

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Job, Planners, Replica};
use crate::engine::{DbError, Params};
use crate::plan::{Plan, plan_shape};
use crate::run::planned_sets;
use crate::workload::{Query, Workload};

/// One query with one set of parameters, before and after.
pub struct Replanned<'a> {
    pub query: &'a Query,
    pub params: Params,
    pub before: Result<Plan, DbError>,
    pub after: Result<Plan, DbError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Another plan.
    Changed,
    /// The same plan, at another cost.
    Repriced,
    Same,
    /// There is no plan on one of the sides, or on both.
    Unplanned,
}

/// Costs that are nearer than this are the same cost.
const NOTABLE: f64 = 1.01;

impl Replanned<'_> {
    pub fn effect(&self) -> Effect {
        let (Ok(before), Ok(after)) = (&self.before, &self.after) else { return Effect::Unplanned };
        if plan_shape(before) != plan_shape(after) {
            return Effect::Changed;
        }
        match self.ratio().is_some_and(|ratio| !(1.0 / NOTABLE..=NOTABLE).contains(&ratio)) {
            true => Effect::Repriced,
            false => Effect::Same,
        }
    }

    /// Cost after, as a multiple of the cost before.
    pub fn ratio(&self) -> Option<f64> {
        let cost = |plan: &Result<Plan, DbError>| plan.as_ref().ok()?.root.total_cost;
        let (before, after) = (cost(&self.before)?, cost(&self.after)?);
        (before > 0.0).then(|| after / before)
    }
}

/// In the order of the workload. `settings` hold for the second side only.
///
/// # Errors
/// A replica takes no connections.
pub async fn replanned<'a>(
    workload: &'a Workload,
    before: &Replica,
    after: &Replica,
    settings: &[(String, String)],
) -> Result<Vec<Replanned<'a>>> {
    let sets: Vec<(&Query, Params)> = workload
        .queries
        .iter()
        .flat_map(|query| planned_sets(query).into_iter().map(move |params| (query, params)))
        .collect();
    let jobs: Vec<Job<'_>> = sets.iter().map(|(query, params)| Job { query, params }).collect();
    let first = Planners::open(before, &[]).await?.plan(&jobs).await;
    let second = Planners::open(after, settings).await?.plan(&jobs).await;
    drop(jobs);
    let both = sets.into_iter().zip(first).zip(second);
    Ok(both
        .map(|(((query, params), before), after)| Replanned { query, params, before, after })
        .collect())
}
