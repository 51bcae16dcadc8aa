//! Properties of the search under limits, over random workloads with a planner whose every answer is known: more room never
//! makes a set worse, small workloads get what trying everything finds, and no order makes a difference.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Candidate, Concern, Configuration, Ground, Limits, PlannedQuery, PlannerPool, Pool, select,
};
use crate::advise::cost_feedback::CostFeedback;
use crate::advise::schedule::Schedule;
use crate::advise::what_if::{Trial, WhatIf};
use crate::engine::{DbError, IndexDefinition, Params};
use crate::interrupt::Interrupt;
use crate::plan::{Evidence, Node, NodeKind, Plan};
use crate::run::{QueryRun, Status};
use crate::sql::StatementKind;

const CANDIDATES: usize = 6;
const QUERIES: usize = 6;
const WORLDS: u64 = 6;

/// What a planner knows of one query: its cost as it is, and plans that need indexes.
struct Known {
    base: f64,
    plans: Vec<(Configuration, f64)>,
}

impl Known {
    /// The plan that a planner takes with these indexes.
    fn best(&self, shown: &Configuration) -> (Configuration, f64) {
        let possible = self.plans.iter().filter(|(needs, _)| needs.is_subset(shown));
        let best = possible.min_by(|a, b| a.1.total_cmp(&b.1)).cloned();
        best.filter(|(_, cost)| *cost < self.base).unwrap_or((Configuration::default(), self.base))
    }
}

struct World {
    queries: Vec<QueryRun>,
    known: Vec<Known>,
    bytes: Vec<u64>,
}

fn index(number: usize) -> IndexDefinition {
    IndexDefinition::on("s", &format!("t{}", number % 3), "btree", &[&format!("c{number}")])
}

fn query(number: usize) -> QueryRun {
    QueryRun {
        id: format!("q{number}"),
        sql: format!("SELECT {number}"),
        file: None,
        line: 1,
        kind: StatementKind::Read,
        shape: None,
        weight: 1.0,
        settings: Vec::new(),
        params: Vec::new(),
        status: Status::Planned,
        first_ms: None,
        latency: None,
        rounds_ms: Vec::new(),
        rows: None,
        errors: Vec::new(),
        plans: Vec::new(),
        explain_note: None,
        ignores: Vec::new(),
    }
}

impl World {
    fn random(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let all: Vec<usize> = (0..CANDIDATES).collect();
        let known = (0..QUERIES).map(|_| {
            let base = 10f64.powf(random.random_range(2.0..4.0));
            let plan = |random: &mut ChaCha8Rng| {
                // Every third plan needs several indexes together, which are worth nothing one by one.
                let several = random.random_range(0..3) == 0;
                let needs = if several { random.random_range(2..=4) } else { 1 };
                let needs = all.choose_multiple(random, needs).copied().collect();
                let share = if several { 0.1..0.5 } else { 0.3..1.1 };
                (needs, base * random.random_range(share))
            };
            let plans = (0..6).map(|_| plan(&mut random)).collect();
            Known { base, plans }
        });
        let known = known.collect();
        let bytes = (0..CANDIDATES).map(|_| random.random_range(1..20) << 20).collect();
        World { queries: (0..QUERIES).map(query).collect(), known, bytes }
    }

    fn cost(&self, set: &Configuration) -> f64 {
        self.known.iter().map(|known| known.best(set).1).sum()
    }

    fn pool(&self) -> Pool {
        Pool::of(
            (0..CANDIDATES)
                .map(|number| Candidate {
                    index: index(number),
                    bytes: self.bytes[number],
                    overhead: 0.0,
                    pinned: false,
                    in_order: true,
                })
                .collect(),
        )
    }

    /// What every query would have without limits.
    fn unlimited(&self) -> Configuration {
        let all: Configuration = (0..CANDIDATES).collect();
        let used = self.known.iter().map(|known| known.best(&all).0);
        used.fold(Configuration::default(), |all, used| all.union(&used))
    }

    async fn chosen(self: &Arc<Self>, limits: &Limits, order: &[usize]) -> Configuration {
        let mut planner = Planner { world: self.clone(), shown: Vec::new(), made: 0 };
        let mut planner_pool = PlannerPool::new(&mut planner, Vec::new(), &Interrupt::new());
        let pool = self.pool();
        let all: Configuration = (0..CANDIDATES).collect();
        let concern = |at: &usize| Concern {
            query: PlannedQuery::new(&self.queries[*at]),
            relevant: all.clone(),
            own: all.clone(),
            narrow: all.clone(),
        };
        let cost_feedback = CostFeedback::default();
        let ground = Ground {
            limits,
            cost_feedback: &cost_feedback,
            heard: Vec::new(),
            unlimited: self.unlimited(),
        };
        let mut schedule = Schedule::start(limits.search_time, true);
        let concerns = order.iter().map(concern).collect();
        select(&mut planner_pool, &pool, ground, concerns, &mut schedule).await.unwrap().set
    }

    /// The least cost of any set that the limits allow.
    fn least(&self, limits: &Limits) -> f64 {
        let pool = self.pool();
        let sets = (0..1usize << CANDIDATES)
            .map(|bits| (0..CANDIDATES).filter(|i| bits >> i & 1 == 1).collect::<Configuration>());
        let allowed = sets.filter(|set| pool.allows(set, limits));
        allowed.map(|set| self.cost(&set)).fold(f64::INFINITY, f64::min)
    }
}

/// Answers by a world's plans.
struct Planner {
    world: Arc<World>,
    shown: Vec<(String, IndexDefinition)>,
    made: usize,
}

#[async_trait]
impl WhatIf for Planner {
    fn can_show(&self, _index: &IndexDefinition) -> bool {
        true
    }

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        self.made += 1;
        let name = format!("trial_{}", self.made);
        self.shown.push((name.clone(), index.clone()));
        Ok(Trial { name, bytes: None, estimated_bytes: None, build_seconds: None })
    }

    async fn swap(
        &mut self,
        gone: &[Trial],
        new: &[IndexDefinition],
    ) -> Result<Vec<Trial>, DbError> {
        self.shown.retain(|(name, _)| !gone.iter().any(|trial| &trial.name == name));
        let mut trials = Vec::new();
        for index in new {
            trials.push(self.add(index).await?);
        }
        Ok(trials)
    }

    async fn clear(&mut self) -> Result<(), DbError> {
        self.shown.clear();
        Ok(())
    }

    async fn plan(
        &mut self,
        sql: &str,
        _params: &Params,
        _settings: &[(String, String)],
    ) -> Result<Plan, DbError> {
        let at = self.world.queries.iter().position(|query| query.sql == sql).unwrap();
        let number = |wanted: &IndexDefinition| (0..CANDIDATES).find(|n| index(*n) == *wanted);
        let shown: Configuration = self.shown.iter().filter_map(|(_, i)| number(i)).collect();
        let (used, cost) = self.world.known[at].best(&shown);
        let mut root = Node::new(NodeKind::Append, "Append");
        root.total_cost = Some(cost);
        for (name, index) in &self.shown {
            if number(index).is_some_and(|number| used.contains(number)) {
                let mut node = Node::new(NodeKind::IndexScan, "Index Scan");
                node.index = Some(name.clone());
                node.index_cond = Some("(c = 1)".to_owned());
                root.children.push(node);
            }
        }
        Ok(Plan::of(root, Evidence::D))
    }
}

fn limits(budget: Option<u64>, most_indexes: Option<usize>) -> Limits {
    let search_time = Duration::from_secs(3600);
    Limits { budget, most_indexes, search_time, ..Limits::default() }
}

const IN_ORDER: [usize; QUERIES] = [0, 1, 2, 3, 4, 5];

#[tokio::test]
async fn more_room_never_buys_less_and_small_workloads_get_the_best() {
    for seed in 0..WORLDS {
        let world = Arc::new(World::random(seed));
        let budgets = [0u64, 8, 16, 32, 200].map(|mb| limits(Some(mb << 20), None));
        let numbers = [0, 1, 2, 4, CANDIDATES].map(|most| limits(None, Some(most)));
        for row in [&budgets[..], &numbers[..]] {
            let mut before = f64::INFINITY;
            for limits in row {
                let set = world.chosen(limits, &IN_ORDER).await;
                assert!(world.pool().allows(&set, limits), "{seed}: {set:?} under {limits:?}");
                let (cost, least) = (world.cost(&set), world.least(limits));
                assert!(cost <= before * (1.0 + 1e-9), "{seed}: {cost} after {before}, {limits:?}");
                assert!(
                    cost <= least * 1.05,
                    "{seed}: {cost} where {least} is possible, {limits:?}"
                );
                before = cost;
            }
        }
    }
}

#[tokio::test]
async fn the_order_of_queries_makes_no_difference() {
    for seed in 0..WORLDS {
        let world = Arc::new(World::random(seed));
        let limits = limits(Some(32 << 20), None);
        let first = world.chosen(&limits, &IN_ORDER).await;
        let mut order = IN_ORDER;
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(world.chosen(&limits, &order).await, first, "{seed}: {order:?}");
    }
}

#[tokio::test]
async fn a_set_is_never_worse_than_what_is_affordable_of_the_unlimited_one() {
    for seed in 0..WORLDS {
        let world = Arc::new(World::random(seed));
        let whole = world.unlimited();
        let plenty = limits(Some(1 << 40), None);
        let set = world.chosen(&plenty, &IN_ORDER).await;
        assert!(world.cost(&set) <= world.cost(&whole) * (1.0 + 1e-9), "{seed}");
        // Without any time, too.
        let hurried = Limits { search_time: Duration::ZERO, ..plenty };
        let set = world.chosen(&hurried, &IN_ORDER).await;
        let members: BTreeSet<usize> = set.iter().collect();
        assert!(world.pool().allows(&set, &hurried), "{seed}: {members:?}");
    }
}
