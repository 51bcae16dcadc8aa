//! A rule as its TOML file states it. Everything a rule can say is here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{ActionKind, Severity};
use crate::plan::Evidence;

/// What a rule looks at, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Each node of each plan.
    Node,
    /// Each query with its plan.
    Query,
    /// Each thing of one kind that is written in a statement: see [`Definition::finds`].
    Statement,
    /// What queries do together: see [`Each::Sequence`] and [`Each::Habit`].
    Workload,
    /// Each table, index or foreign key: see [`Each`].
    Catalog,
    /// The server's settings, once.
    Setting,
}

/// What a `catalog` or `workload` rule goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    Table,
    Index,
    ForeignKey,
    /// Two neighbouring steps of a session.
    Sequence,
    /// Something that sessions of a capture do again and again: see [`Definition::finds`].
    Habit,
}

/// A number that the condition compares with; a site may tune it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    pub value: f64,
    pub unit: String,
    /// Why this value.
    pub why: String,
}

/// Which way a change moves its setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Raise,
    Lower,
}

/// A change a finding proposes. Texts are templates over the rule's facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionTemplate {
    pub kind: ActionKind,
    pub statement: String,
    /// Proposed only where this holds: a remedy that cannot work is none. Expression.
    pub when: Option<String>,
    pub undo: Option<String>,
    pub caution: Option<String>,
    /// Setting concerned, for kind `setting`.
    pub name: Option<String>,
    /// The setting's new value; also `{{ to }}` in the other texts.
    pub to: Option<String>,
    pub direction: Option<Direction>,
    /// Where to stop, whatever the evidence: required for `direction`.
    pub stop: Option<String>,
}

/// Server versions of one engine, both ends included; `[major, minor]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRange {
    pub min: Option<[u32; 2]>,
    pub max: Option<[u32; 2]>,
}

/// The file's content. See `planwise rules facts` for what expressions may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub id: String,
    /// One line: what it finds.
    pub summary: String,
    pub scope: Scope,
    pub each: Option<Each>,
    /// What a rule of scope `statement` looks for: name of a construct; one that goes through habits: name of a habit.
    pub finds: Option<String>,
    /// Engines it holds for; every one when empty.
    #[serde(default)]
    pub engines: Vec<String>,
    #[serde(default)]
    pub versions: BTreeMap<String, VersionRange>,
    /// The least evidence it may judge from.
    pub evidence: Evidence,
    /// Condition: an expression that is true or false.
    pub when: String,
    /// Short noun and a number. Template.
    pub title: String,
    /// What happened. Template.
    pub message: String,
    /// Gain model, `G1` to `G9`.
    pub gain: String,
    /// Milliseconds, for `G4`: the value stands in the plan. Expression.
    pub saved_ms: Option<String>,
    /// Low end of that, where the value that stands in the plan is only the most that can be saved. Expression.
    pub saved_ms_low: Option<String>,
    /// The gain can be had only where this holds; elsewhere none is promised. Expression.
    pub gain_when: Option<String>,
    /// A severity, or an expression that yields one. `high` is granted only where it is earned.
    pub severity: String,
    /// Trust in the rule itself, 0 to 1.
    #[serde(default = "full")]
    pub confidence: f64,
    pub why: String,
    pub fix: String,
    pub verify: String,
    /// How to take the change back.
    pub undo: String,
    pub ignore_when: String,
    /// It is only worth saying where no other finding explains the same place.
    #[serde(default)]
    pub last_resort: bool,
    #[serde(default)]
    pub supersedes: Vec<String>,
    #[serde(default)]
    pub conflicts_with: Vec<String>,
    #[serde(default)]
    pub references: Vec<String>,
    #[serde(default, rename = "action")]
    pub actions: Vec<ActionTemplate>,
    #[serde(default)]
    pub params: IndexMap<String, Param>,
}

fn full() -> f64 {
    1.0
}

/// A rule, where it came from, and its text for messages about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub definition: Definition,
    /// File it was read from; relative for a built-in one.
    pub file: PathBuf,
    /// Part of planwise, not of a `--rules` folder.
    pub built_in: bool,
    /// The file as it stands, to point at lines.
    pub text: String,
}

impl Rule {
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    pub fn holds_for(&self, engine: &str, version: Option<[u32; 2]>) -> bool {
        let engines = &self.definition.engines;
        let engine_fits = engines.is_empty() || engines.iter().any(|e| e == engine);
        engine_fits && self.version_fits(engine, version)
    }

    fn version_fits(&self, engine: &str, version: Option<[u32; 2]>) -> bool {
        let (Some(range), Some(version)) = (self.definition.versions.get(engine), version) else {
            return true;
        };
        range.min.is_none_or(|min| min <= version) && range.max.is_none_or(|max| version <= max)
    }

    /// The severity when it is a fixed word.
    pub fn fixed_severity(&self) -> Option<Severity> {
        severity_of(&self.definition.severity)
    }
}

pub fn severity_of(word: &str) -> Option<Severity> {
    match word.trim() {
        "info" => Some(Severity::Info),
        "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        _ => None,
    }
}
