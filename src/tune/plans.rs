//! What a planner would do with every query and parameter set: asked by EXPLAIN, nothing is executed.

use std::collections::HashMap;

use super::prove::TestBed;
use crate::engine::{AskedQuery, DbError, Params, SessionOptions};
use crate::interrupt::Interrupt;
use crate::plan::{Node, NodeKind, Plan, plan_shape, spilled_blocks};
use crate::run::{PlanRecord, QueryRun, Run, Status, planned, planned_sets};

/// Plans of the database as it was, by query, one for each parameter set.
pub struct Original(HashMap<String, Vec<PlanRecord>>);

/// A query under certain plans and, where they matter, settings: what was measured of it holds wherever they come back.
pub type Key = String;

/// The changed database as its planner sees it.
#[derive(Clone)]
pub struct After {
    /// A query whose plans are what they were is as it was in the run before; of the others only the plans are known.
    pub run: Run,
    /// Of the queries with other plans than before that can be executed.
    changed: HashMap<String, Key>,
}

impl After {
    /// With the queries that have other plans than before, and their keys.
    pub fn new(run: Run, changed: HashMap<String, Key>) -> After {
        After { run, changed }
    }

    /// `None` where the query's plans are those from before, or it is not to be executed.
    pub fn key(&self, query: &str) -> Option<&Key> {
        self.changed.get(query)
    }

    /// Whether a query may take another time here than there.
    pub fn differs(&self, other: &After, query: &str) -> bool {
        let shapes = |after: &After| {
            let plans = after.run.query(query).map(|query| query.plans.as_slice());
            let plans = plans.unwrap_or_default().iter();
            plans.map(|record| plan_shape(&record.plan)).collect::<Vec<String>>()
        };
        let spills = |after: &After| after.run.query(query).is_some_and(spilled);
        shapes(self) != shapes(other) || spills(self) || spills(other)
    }

    /// Queries to be executed, in the order of the workload.
    pub fn changed(&self) -> impl Iterator<Item = (&QueryRun, &Key)> {
        self.run.queries.iter().filter_map(|query| Some((query, self.changed.get(&query.id)?)))
    }
}

impl TestBed<'_> {
    pub async fn original(&self) -> Result<Original, DbError> {
        let run = planned(self.before, self.workload, "before", &Interrupt::new()).await?;
        let of = |query: QueryRun| (query.id, query.plans);
        Ok(Original(run.queries.into_iter().map(of).collect()))
    }

    /// Asked even when the time is over: it takes no longer than a planner does.
    pub async fn plans(&self, original: &Original) -> Result<After, DbError> {
        let mut run = planned(&self.after, self.workload, "after", &Interrupt::new()).await?;
        let settings = self.settings_differ();
        let mut changed = HashMap::new();
        for query in &mut run.queries {
            let Some(before) = self.run.query(&query.id) else { continue };
            let plans = std::mem::take(&mut query.plans);
            let was = original.0.get(&query.id).map(Vec::as_slice).unwrap_or_default();
            let key = key(before, &plans, &settings);
            let is_same = is_same(was, &plans) && (settings.is_empty() || !spilled(before));
            *query = before.clone();
            if is_same {
                continue;
            }
            forget_times(query);
            query.plans = folded(before, plans);
            if matches!(before.status, Status::Measured | Status::TimedOut { .. }) {
                changed.insert(query.id.clone(), key);
            }
        }
        Ok(After::new(run, changed))
    }

    /// The key of each of `queries` as if `statements` had been run on the changed database; `None` for plans from
    /// before. The outer `None`: this server cannot tell.
    pub async fn plans_as_if(
        &self,
        statements: &[String],
        queries: &[&str],
        original: &Original,
    ) -> Result<Option<HashMap<String, Option<Key>>>, DbError> {
        let asked: Vec<(&QueryRun, Vec<Params>)> = self
            .workload
            .queries
            .iter()
            .filter(|query| queries.contains(&query.id.as_str()))
            .filter_map(|query| Some((self.run.query(&query.id)?, planned_sets(query))))
            .collect();
        let flat =
            asked.iter().flat_map(|(run, sets)| sets.iter().map(|set| asked_query(run, set)));
        let flat: Vec<AskedQuery<'_>> = flat.collect();
        let options = SessionOptions {
            statement_timeout: std::time::Duration::ZERO,
            ..self.after.options.clone()
        };
        let mut session = self.after.engine.connect(&self.after.url, &options).await?;
        let mut plans = match session.explain_as_if(statements, &flat).await {
            Ok(plans) => plans.into_iter(),
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Ok(None),
        };
        let settings = self.settings_differ();
        let mut keys = HashMap::new();
        for (run, sets) in asked {
            let record = |(params, plan): (Params, Plan)| PlanRecord {
                params,
                plan,
                raw: serde_json::Value::Null,
                file: None,
            };
            let plans: Vec<PlanRecord> = sets.into_iter().zip(&mut plans).map(record).collect();
            let was = original.0.get(&run.id).map(Vec::as_slice).unwrap_or_default();
            let is_same = is_same(was, &plans) && (settings.is_empty() || !spilled(run));
            let key = (!is_same).then(|| key(run, &plans, &settings));
            keys.insert(run.id.clone(), key);
        }
        Ok(Some(keys))
    }

    /// Settings of the changed side alone, as text, without those of which the plan tells all.
    fn settings_differ(&self) -> String {
        let grammar = self.after.engine.setting_grammar();
        let ours = self.after.options.settings.iter();
        let ours = ours.filter(|setting| !self.before.options.settings.contains(setting));
        let ours = ours.filter(|(name, _)| !grammar.is_some_and(|g| g.steers_only_plans(name)));
        ours.map(|(name, to)| format!("{name}={to};")).collect()
    }
}

fn asked_query<'a>(run: &'a QueryRun, params: &'a Params) -> AskedQuery<'a> {
    AskedQuery { sql: &run.sql, params, settings: &run.settings }
}

/// Of its first plan.
pub fn shape(query: &QueryRun) -> String {
    query.plans.first().map(|record| plan_shape(&record.plan)).unwrap_or_default()
}

/// By operators, tables and indexes, and whether it is compiled, for every parameter set. Where a plan is missing, nothing is
/// known to be the same.
fn is_same(before: &[PlanRecord], after: &[PlanRecord]) -> bool {
    let both = before.iter().zip(after);
    !before.is_empty()
        && before.len() == after.len()
        && both.clone().all(|(a, b)| executed(&a.plan) == executed(&b.plan))
}

/// What takes as long wherever it comes back.
fn executed(plan: &Plan) -> String {
    let compiled = if plan.jit.is_some() { "compiled\n" } else { "" };
    format!("{compiled}{}", plan_shape(plan))
}

/// With the settings where the plan can take another time under others.
fn key(run: &QueryRun, plans: &[PlanRecord], settings: &str) -> Key {
    let shapes: Vec<String> = plans.iter().map(|record| executed(&record.plan)).collect();
    let feels = spilled(run) || plans.iter().any(|record| is_large(&record.plan));
    let settings = if feels { settings } else { "" };
    format!("{}\n{settings}\n{}", run.id, shapes.join("\n"))
}

/// It wrote to disk for want of memory, or was compiled: the same plan can take another time under other settings.
fn spilled(run: &QueryRun) -> bool {
    let mut plans = run.plans.iter().map(|record| &record.plan);
    plans.any(|plan| spilled_blocks(plan).unwrap_or(0) > 0 || plan.jit.is_some())
}

/// Bytes that any memory setting in use holds.
const SMALL: f64 = 1e6;

/// As far as the planner knows how much is sorted, hashed or kept.
fn is_large(plan: &Plan) -> bool {
    let keeps = |node: &Node| {
        use NodeKind::{Aggregate, Hash, Materialize, Memoize, SetOperation, Sort, Window};
        [Aggregate, Hash, Materialize, Memoize, SetOperation, Sort, Window].contains(&node.kind)
    };
    let bytes =
        |node: &Node| node.plan_rows.zip(node.plan_width).map_or(0.0, |(rows, width)| rows * width);
    let keepers = plan.walk().into_iter().filter(|(node, _)| keeps(node));
    let mut kept = keepers.flat_map(|(node, _)| node.children.iter());
    kept.any(|child| bytes(child) > SMALL)
}

/// What was measured was another plan.
fn forget_times(query: &mut QueryRun) {
    query.latency = None;
    query.rows = None;
    query.first_ms = None;
    query.rounds_ms.clear();
    query.errors.clear();
    query.explain_note = Some("was not executed again, so its plan is estimated".to_owned());
}

/// One plan for each shape; first that of the parameter set which the run before has first.
fn folded(before: &QueryRun, mut plans: Vec<PlanRecord>) -> Vec<PlanRecord> {
    let first = before.plans.first().map(|record| &record.params);
    plans.sort_by_key(|record| Some(&record.params) != first);
    let mut shapes = Vec::new();
    plans.retain(|record| {
        let shape = plan_shape(&record.plan);
        let is_new = !shapes.contains(&shape);
        shapes.push(shape);
        is_new
    });
    plans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Evidence, Jit};

    fn record(index: Option<&str>, set: &str) -> PlanRecord {
        let mut root = Node::new(NodeKind::IndexScan, "Index Scan");
        root.index = index.map(str::to_owned);
        let (plan, params) = (Plan::of(root, Evidence::D), vec![Some(set.to_owned())]);
        PlanRecord { params, plan, raw: serde_json::Value::Null, file: None }
    }

    #[test]
    fn plans_are_the_same_when_they_are_for_every_parameter_set() {
        let old = [record(Some("a"), "1"), record(Some("a"), "2")];
        let one_new = [record(Some("a"), "1"), record(Some("b"), "2")];
        assert!(is_same(&old, &old));
        assert!(!is_same(&old, &one_new));
        assert!(!is_same(&[], &[]), "nothing is known");
        let mut compiled = old.clone();
        compiled[1].plan.jit = Some(Jit { functions: 4.0, total_ms: 0.0 });
        assert!(!is_same(&old, &compiled), "compiled now");
    }

    #[test]
    fn the_same_plan_under_another_cost_was_measured_and_under_other_memory_was_not() {
        let grammar = crate::engine::by_name("postgres").unwrap().setting_grammar().unwrap();
        let planning = |name: &str| grammar.steers_only_plans(name);
        assert!(planning("random_page_cost") && planning("enable_nestloop"));
        assert!(
            !planning("work_mem")
                && !planning("jit")
                && !planning("max_parallel_workers_per_gather")
        );
    }
}
