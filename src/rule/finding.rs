//! What a rule says about a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Evidence, NodeId};
use crate::stats::Interval;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know; nothing to do.
    Info,
    Low,
    Medium,
    High,
}

/// How sure a gain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GainClass {
    /// Seen on a clock, with the change in place.
    Measured,
    /// From the plan's own numbers or from the planner's estimate.
    Modelled,
    /// The mechanism is known, its size is not.
    #[default]
    Structural,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gain {
    pub class: GainClass,
    /// Milliseconds saved per execution of the query (or of the whole workload, for settings).
    pub saved_ms: Option<Interval>,
    /// Name of the gain model, e.g. `G1`.
    pub model: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    Index,
    DropIndex,
    Setting,
    Statistics,
    Maintenance,
    Rewrite,
}

/// Something to do, exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    pub kind: ActionKind,
    /// Runnable as it is. For a rewrite: the new statement, or a sketch of it in a comment.
    pub statement: String,
    pub undo: Option<String>,
    /// Lock, restart or write cost the user must know.
    pub caution: Option<String>,
    /// The change itself, when it is one of a setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<SettingChange>,
}

/// A setting's move from one value to another, as the server spells them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingChange {
    pub name: String,
    pub from: String,
    pub to: String,
    pub needs_restart: bool,
}

/// One cause found, in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    pub title: String,
    pub severity: Severity,
    /// Query it was found in; `None` for the workload, the schema or the settings.
    pub query: Option<String>,
    /// Queries that suffer, where the cause is not in one of them alone: those that read the table,
    /// those that spilled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<String>,
    pub node: Option<NodeId>,
    /// Which of the query's plans `node` belongs to: an index into `QueryRun::plans`.
    #[serde(default)]
    pub plan: usize,
    /// Line of the statement that it is about, from 1; where none is meant in particular, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where the plan stands that it was found in, when a log held it: `file:line`. The run's own plans need not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_in: Option<String>,
    /// Kind of the habit of the application's sessions that it is about: its gain is for each time it occurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habit: Option<String>,
    /// Place in a captured log where it is seen best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<LogPlace>,
    /// How often a day its gain can be had, where the calls of the workload in a time are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executions_a_day: Option<f64>,
    /// Seconds of the server that following it saves a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_s_a_day: Option<Interval>,
    /// Table, index or setting concerned: `schema.table` for tables.
    pub subject: Option<String>,
    /// Columns of the subject that the cause turns on: filtered, sorted or joined by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What happened, with numbers.
    pub message: String,
    pub why: String,
    /// What to do, in words.
    pub fix: String,
    pub verify: String,
    /// When not to follow it.
    pub ignore_when: Option<String>,
    pub actions: Vec<Action>,
    pub gain: Gain,
    /// 0 to 5; findings are shown in this order.
    pub score: f64,
    pub evidence: Evidence,
    /// Folded away in the report: more than three on its query, or more than ten in the workload.
    pub minor: bool,
    /// What became of it when changes were tried; `None` where its query was not measured with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl Finding {
    /// Puts `saved_ms` in the place of what was promised, a day too.
    pub fn promise(&mut self, saved_ms: Option<Interval>) {
        self.gain.saved_ms = saved_ms;
        let saved = saved_ms.filter(|saved| saved.high > 0.0);
        self.saved_s_a_day = saved
            .zip(self.executions_a_day)
            .map(|(saved, times)| Interval::new(saved.low * times / 1e3, saved.high * times / 1e3));
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogPlace {
    pub file: String,
    /// From 1.
    pub line: u64,
}

/// A finding once changes were tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resolution {
    /// Its rule finds it no more, and a kept change is why; otherwise it is open.
    pub solved: bool,
    /// Names of the kept changes that its query is faster with.
    pub by: Vec<String>,
    /// Measured: milliseconds that an execution of its query takes less with them.
    pub saved_ms: Option<Interval>,
}
