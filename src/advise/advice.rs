//! The list of changes: `advice.json`, `advice.sql`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{IndexDefinition, OnlineChange};
use crate::rule::GainClass;
use crate::stats::Interval;

use super::layout::LayoutAdvice;
use super::schedule::SearchPhase;
use super::setting_trial::SettingTrial;

/// Changes proposed for one workload, best first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    pub indexes: Vec<IndexAdvice>,
    pub drops: Vec<DropAdvice>,
    pub settings: Vec<SettingAdvice>,
    /// Statements for the planner's statistics: ANALYZE, CREATE STATISTICS, VACUUM.
    pub statistics: Vec<StatisticsAdvice>,
    /// Data laid out otherwise: structural, and never among what a script runs.
    #[serde(default)]
    pub layout: Vec<LayoutAdvice>,
    /// Planner cost of the weighted workload without and with the indexes.
    pub workload_cost_before: Option<f64>,
    pub workload_cost_after: Option<f64>,
    pub search_seconds: f64,
    /// How one set was chosen for the whole workload; absent when no limit asked for that.
    #[serde(default)]
    pub selection: Option<Selection>,
    /// What the search for indexes took, phase by phase.
    #[serde(default)]
    pub phases: Vec<SearchPhase>,
    /// What limited the search: a missing extension, a missing right, an unsupported engine.
    pub notes: Vec<String>,
    /// What was to be tried, applied or taken back and could not be: to be read before anything else.
    #[serde(default)]
    pub shortfalls: Vec<Shortfall>,
}

/// Something that was asked for and not done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shortfall {
    pub kind: ShortfallKind,
    /// What was not done, and why.
    pub message: String,
    /// What the user is to run, in order.
    pub statements: Vec<String>,
    /// A database refused or failed; otherwise a limit or the kind of change was in the way.
    pub database_failed: bool,
}

/// Gravest last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ShortfallKind {
    /// No index was looked for: this engine has no such advice, or not for a database that is not ours to build on.
    NotLookedFor,
    /// Nothing was found until the time of the search was up, and some queries were not looked at.
    SearchCutShort,
    /// Advice is modelled, and none of it was measured.
    NothingTried,
    /// Changes were made on a copy, and the time was over before any was measured.
    NotProven,
    /// Some changes, or all, were not made on the database.
    NotApplied,
    /// Something that this run made is on the database still.
    LeftBehind,
}

/// How a set of indexes was chosen under limits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    pub budget_bytes: Option<u64>,
    /// `modelled` or `hypothetical`: which size counts against the budget.
    pub budget_size: String,
    /// Size of the chosen indexes in that measure.
    pub size_bytes: u64,
    pub candidates: usize,
    pub planner_calls: usize,
    /// No allowed set of the candidates makes the workload cheaper than this, in planner cost.
    pub lower_bound: Option<f64>,
    /// How far the chosen set is from that at most, as a share of it: 0.02 is "within 2 % of the best".
    pub gap: Option<f64>,
    /// Time ran out: another run may find another set.
    pub cut_short: bool,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Outcome {
    /// Not tried.
    #[default]
    Proposed,
    /// Built and measured; it helped. Ratio after/before of the best query's median.
    Kept {
        ratio: f64,
    },
    /// Made, and the time was over before anything could be said of it: a proposal still.
    Unproven,
    /// Built and measured; taken back.
    Dropped {
        reason: String,
    },
    Failed {
        error: String,
    },
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct IndexAdvice {
    pub name: String,
    pub schema: String,
    pub table: String,
    /// Keys as written in the statement, in order.
    pub columns: Vec<String>,
    pub include: Vec<String>,
    pub method: String,
    pub predicate: Option<String>,
    /// Runnable; `CONCURRENTLY IF NOT EXISTS` where the engine has it.
    pub ddl: String,
    /// The statements of `ddl`, in order, where one does not do: each is to be run on its own.
    #[serde(default)]
    pub steps: Vec<String>,
    pub undo: String,
    /// Programs that do the same on a table too large to be changed in place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub online: Vec<OnlineChange>,
    /// Extension that must exist first, as a statement.
    pub requires: Option<String>,
    /// Estimated, or real once it was built.
    pub size_bytes: Option<u64>,
    /// The size that the server's hypothetical index claims, which ignores that equal keys are stored once.
    #[serde(default)]
    pub hypothetical_bytes: Option<u64>,
    /// Share by which writing a row of the table becomes dearer, modelled.
    #[serde(default)]
    pub write_overhead: Option<f64>,
    /// Planner cost of its queries together, by weight, without and with all proposed indexes.
    #[serde(default)]
    pub cost_before: Option<f64>,
    #[serde(default)]
    pub cost_after: Option<f64>,
    /// What the workload would cost more, by weight, if of all proposed indexes this one alone were not there.
    #[serde(default)]
    pub absence_cost: Option<f64>,
    pub build_seconds: Option<f64>,
    /// Queries it is for, best gain first.
    pub queries: Vec<String>,
    pub why: String,
    /// Planner cost of those queries, by query.
    pub costs: Vec<WhatIfCost>,
    pub class: GainClass,
    pub saved_ms: Option<Interval>,
    pub outcome: Outcome,
    /// Plans of its best query, as the planner sees them.
    #[serde(default)]
    pub story: Option<PlanStory>,
    /// What it is, to tell it from others; `None` for an index that somebody else wrote down.
    #[serde(skip)]
    pub definition: Option<IndexDefinition>,
    /// Once it is built on a partitioned table: the names of its parts, which plans call it by.
    #[serde(skip)]
    pub parts: Vec<String>,
    /// What was predicted and what was measured of every query that used it once it was built.
    #[serde(default)]
    pub effects: Vec<IndexEffect>,
}

/// How the plan of a query changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStory {
    pub query: String,
    /// One line a node, indented by depth.
    pub before: String,
    pub after: String,
}

/// What an index did to one query. Ratios are after / before: below 1 is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexEffect {
    pub query: String,
    /// Of the planner's cost, under all proposed indexes.
    pub predicted: Option<f64>,
    /// Of the measured medians.
    pub measured: Option<f64>,
    pub effect: Effect,
}

/// Whether an index made a query faster, beyond noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    Faster,
    Slower,
    Unchanged,
    /// The measurement is too short to tell.
    Unclear,
    /// The query failed on one side.
    Failed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfCost {
    pub query: String,
    pub cost_before: f64,
    pub cost_after: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DropAdvice {
    pub index: String,
    pub schema: String,
    pub table: String,
    pub ddl: String,
    pub undo: String,
    pub size_bytes: u64,
    /// Duplicate of, prefix of, or never used since when.
    pub why: String,
    pub outcome: Outcome,
    /// How to see first what comes of it, where the engine can take an index from its planner's sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
    /// The names of its parts, where its table is partitioned and they are known: plans call it by them.
    #[serde(skip)]
    pub parts: Vec<String>,
}

/// An index out of sight is kept up to date, and comes back in a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsal {
    pub hide: String,
    pub show: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SettingAdvice {
    pub name: String,
    pub from: String,
    pub to: String,
    pub statement: String,
    pub undo: String,
    pub needs_restart: bool,
    /// Id of the rule behind it.
    pub rule: String,
    pub why: String,
    /// It was set while the figures after the changes were measured, and what it did was not told apart.
    #[serde(default)]
    pub in_force: bool,
    pub outcome: Outcome,
    /// What trying it alone came to; absent where nobody was to try it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<SettingTrial>,
    /// Why a replay says nothing of it, where that is known beforehand: it is not even set.
    #[serde(skip)]
    pub untried_because: Option<String>,
    /// A replay is known to show what it does, so that a restart is worth it where no session can have it.
    #[serde(skip)]
    pub restart_shows: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatisticsAdvice {
    pub statement: String,
    pub undo: Option<String>,
    pub rule: String,
    pub why: String,
    pub outcome: Outcome,
}

impl IndexAdvice {
    /// What plans may call it.
    pub fn names(&self) -> Vec<&str> {
        [&self.name].into_iter().chain(&self.parts).map(String::as_str).collect()
    }

    /// What builds it, in order, what it requires first.
    pub fn statements(&self) -> Vec<String> {
        let own = if self.steps.is_empty() { std::slice::from_ref(&self.ddl) } else { &self.steps };
        self.requires.iter().chain(own).cloned().collect()
    }
}

impl Advice {
    /// Nothing that could be tried on a copy.
    pub fn has_nothing_to_try(&self) -> bool {
        self.indexes.is_empty()
            && self.drops.is_empty()
            && self.statistics.is_empty()
            && self.settings.iter().all(|setting| setting.untried_because.is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.indexes.is_empty()
            && self.drops.is_empty()
            && self.settings.is_empty()
            && self.statistics.is_empty()
            && self.layout.is_empty()
    }
}
