//! How cheap the workload can become at all: a linear program over the plans that the planner has
//! offered ("atoms", after CoPhy, Dash et al. 2011), relaxed so that indexes may be built in part.
//!
//! A query takes one of its plans; a plan needs its indexes; indexes need space. Plans that nobody
//! has asked about yet stand in as one plan that needs nothing and costs as much as the
//! cheapest of them can. So the optimum is never above what any set of these candidates reaches,
//! however few questions were asked; asking on where the optimum leans on such a stand-in raises it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use good_lp::{
    Expression, ProblemVariables, Solution, SolverModel, Variable, WithTimeLimit, constraint,
    microlp, variable,
};

use super::configuration::Configuration;
use super::cost_evaluation::CostEvaluation;
use super::plan_cache::PlanCache;
use crate::engine::DbError;

/// Seconds for one linear program; one that takes longer proves nothing.
const LONGEST_SOLVE: f64 = 20.0;
/// Sets looked at per query: beyond them the stand-in stays.
const MOST_NODES: usize = 3_000;
/// Sets asked about per query before the program is solved again.
const STEP: usize = 6;
const MOST_ROUNDS: usize = 200;

/// One query's plans as far as they are known.
struct Atoms {
    /// Cheapest first; all cheaper than the stand-in.
    plans: Vec<(Configuration, f64)>,
    /// Cost that nothing unasked can undercut; `None` when everything was asked.
    frontier: Option<f64>,
    /// Sets to ask about in order to move the frontier.
    open: Vec<Configuration>,
}

/// The least weighted cost that any allowed set of candidates can reach. `None` when the program could
/// not be solved in time. More planner calls are spent while `may_ask` and time last.
pub async fn lower_bound(
    evaluation: &mut CostEvaluation<'_, '_, '_>,
    may_ask: bool,
) -> Result<Option<f64>, DbError> {
    let affordable = affordable(evaluation);
    let mut best: Option<f64> = None;
    for _ in 0..MOST_ROUNDS {
        let atoms: Vec<Atoms> =
            evaluation.entries.iter().map(|entry| atoms(&entry.plan_cache, &affordable)).collect();
        let Some(solved) = solve(evaluation, &atoms) else { break };
        best = Some(best.map_or(solved.cost, |known: f64| known.max(solved.cost)));
        let wanted: Vec<(usize, Configuration)> = solved
            .leaning
            .iter()
            .flat_map(|at| atoms[*at].open.iter().take(STEP).map(|set| (*at, set.clone())))
            .collect();
        if wanted.is_empty() || !may_ask || evaluation.is_over() {
            break;
        }
        evaluation.learn(wanted).await?;
    }
    Ok(best)
}

/// Candidates that can be part of an allowed set at all.
fn affordable(evaluation: &CostEvaluation<'_, '_, '_>) -> Configuration {
    let pinned = evaluation.pool.pinned();
    let fits = |i: &usize| evaluation.pool.allows(&pinned.with(*i), evaluation.limits);
    (0..evaluation.pool.candidates.len()).filter(|i| pinned.contains(*i) || fits(i)).collect()
}

/// Walks from the set of all candidates downwards: a set without something its parent's plan uses is
/// the only kind that can cost more than the parent.
fn atoms(plan_cache: &PlanCache, affordable: &Configuration) -> Atoms {
    let mut plans: BTreeMap<Configuration, f64> = BTreeMap::new();
    let mut open: Vec<(f64, Configuration)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut pending = vec![plan_cache.key(affordable)];
    while let Some(set) = pending.pop() {
        if !seen.insert(set.clone()) {
            continue;
        }
        match plan_cache.exact(&set).filter(|_| seen.len() <= MOST_NODES) {
            Some(cached_plan) => {
                let cost = plans.entry(cached_plan.used.clone()).or_insert(cached_plan.cost);
                *cost = cost.min(cached_plan.cost);
                pending.extend(cached_plan.used.iter().map(|i| set.without(i)));
            }
            None => open.push((plan_cache.low(&set), set)),
        }
    }
    open.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    let frontier = open.first().map(|(cost, _)| *cost);
    let mut plans: Vec<(Configuration, f64)> =
        plans.into_iter().filter(|(_, cost)| frontier.is_none_or(|f| *cost < f)).collect();
    plans.sort_by(|a, b| a.1.total_cmp(&b.1));
    Atoms { plans, frontier, open: open.into_iter().map(|(_, set)| set).collect() }
}

struct Solved {
    cost: f64,
    /// Queries that the optimum lets use their stand-in.
    leaning: Vec<usize>,
}

fn solve(evaluation: &CostEvaluation<'_, '_, '_>, atoms: &[Atoms]) -> Option<Solved> {
    let mut variables = ProblemVariables::new();
    let mut built: BTreeMap<usize, Variable> = BTreeMap::new();
    let share = || variable().min(0.0).max(1.0);
    for i in atoms.iter().flat_map(|atoms| &atoms.plans).flat_map(|(used, _)| used.iter()) {
        built.entry(i).or_insert_with(|| variables.add(share()));
    }
    let mut objective = Expression::default();
    let mut rows = Vec::new();
    let mut stand_ins = Vec::new();
    for (entry, atoms) in evaluation.entries.iter().zip(atoms) {
        let weight = entry.weight;
        let mut taken = Expression::default();
        let mut needing: BTreeMap<usize, Expression> = BTreeMap::new();
        for (used, cost) in &atoms.plans {
            let plan = variables.add(variable().min(0.0));
            objective += weight * *cost * plan;
            taken += plan;
            for i in used.iter() {
                *needing.entry(i).or_default() += plan;
            }
        }
        let stand_in = atoms.frontier.map(|cost| {
            let plan = variables.add(variable().min(0.0));
            objective += weight * cost * plan;
            taken += plan;
            plan
        });
        stand_ins.push(stand_in);
        rows.push(constraint!(taken == 1.0));
        for (i, plans) in needing {
            rows.push(constraint!(plans <= built[&i]));
        }
    }
    rows.extend(limits(evaluation, &built));
    let mut model = variables.minimise(objective.clone()).using(microlp);
    for row in rows {
        model = model.with(row);
    }
    let left = evaluation.deadline.saturating_duration_since(Instant::now()).as_secs_f64();
    let solution = model.with_time_limit(left.clamp(1.0, LONGEST_SOLVE)).solve().ok()?;
    if !matches!(solution.status(), good_lp::solvers::SolutionStatus::Optimal) {
        return None;
    }
    let leans = |plan: &Option<Variable>| plan.is_some_and(|plan| solution.value(plan) > 1e-6);
    let leaning = (0..stand_ins.len()).filter(|at| leans(&stand_ins[*at])).collect();
    Some(Solved { cost: solution.eval(&objective), leaning })
}

/// The limits that hold for any set, as far as they are sums.
fn limits(
    evaluation: &CostEvaluation<'_, '_, '_>,
    built: &BTreeMap<usize, Variable>,
) -> Vec<good_lp::Constraint> {
    let (pool, limits) = (evaluation.pool, evaluation.limits);
    let pinned = pool.pinned();
    let sum = |share: &dyn Fn(usize) -> f64, of: &dyn Fn(usize) -> bool| -> Expression {
        let own = built.iter().filter(|(i, _)| of(**i));
        own.map(|(i, variable)| share(*i) * *variable).sum()
    };
    let mut rows = Vec::new();
    let loose = |i: usize| !pinned.contains(i);
    if let Some(budget) = limits.budget {
        let left = budget.saturating_sub(pool.bytes(pinned)) as f64 / 1e6;
        rows.push(constraint!(sum(&|i| pool.candidates[i].bytes as f64 / 1e6, &loose) <= left));
    }
    if let Some(most) = limits.most_indexes {
        let left = most.saturating_sub(pinned.len()) as f64;
        rows.push(constraint!(sum(&|_| 1.0, &loose) <= left));
    }
    let mut tables: Vec<usize> = Vec::new();
    for i in built.keys() {
        if !tables.iter().any(|known| pool.same_table(*known, *i)) {
            tables.push(*i);
        }
    }
    for table in tables {
        let own = |i: usize| pool.same_table(table, i) && loose(i);
        if let Some(most) = limits.most_per_table {
            rows.push(constraint!(sum(&|_| 1.0, &own) <= most as f64));
        }
        if let Some(most) = limits.write_overhead {
            rows.push(constraint!(sum(&|i| pool.candidates[i].overhead, &own) <= most));
        }
    }
    rows
}
