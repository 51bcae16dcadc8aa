//! A plan as a whole.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{Buffers, Evidence, Node, NodeId};

/// One executed or estimated statement. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    pub root: Node,
    pub evidence: Evidence,
    /// Whole execution, triggers included. `None` when the plan was only estimated.
    pub execution_ms: Option<f64>,
    pub planning_ms: Option<f64>,
    pub planning_buffers: Option<Buffers>,
    /// Planner memory, bytes.
    pub planning_memory_bytes: Option<u64>,
    /// Settings that differ from the built-in default, as the plan itself lists them.
    pub settings: IndexMap<String, String>,
    pub triggers: Vec<Trigger>,
    pub jit: Option<Jit>,
    pub serialization: Option<Serialization>,
    /// Statement text and identifier where the plan carries them (auto_explain, VERBOSE).
    pub query_text: Option<String>,
    pub query_id: Option<String>,
    /// What a reader must be told of the text that the plan was read from: that it was cut off, or
    /// holds more than this plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Top-level keys that this version does not know. Kept, never fatal.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub extra: IndexMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    pub name: Option<String>,
    /// Set when the trigger enforces a constraint, e.g. a foreign key.
    pub constraint: Option<String>,
    pub relation: Option<String>,
    pub total_ms: f64,
    pub calls: f64,
}

/// Just-in-time compilation. Its time is *inside* node start-up times: never add it to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Jit {
    pub functions: f64,
    pub total_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Serialization {
    pub total_ms: f64,
    pub output_bytes: u64,
    pub format: String,
}

impl Plan {
    /// A plan of which nothing but its nodes is known.
    pub fn of(root: Node, evidence: Evidence) -> Plan {
        Plan {
            root,
            evidence,
            execution_ms: None,
            planning_ms: None,
            planning_buffers: None,
            planning_memory_bytes: None,
            settings: IndexMap::new(),
            triggers: Vec::new(),
            jit: None,
            serialization: None,
            query_text: None,
            query_id: None,
            notices: Vec::new(),
            extra: IndexMap::new(),
        }
    }

    /// Every node with its ancestors, nearest last, in pre-order (the order of [`NodeId`]).
    pub fn walk(&self) -> Vec<(&Node, Vec<&Node>)> {
        self.visits().collect()
    }

    /// As [`Plan::walk`], one at a time: all ancestors of a large plan at once take a lot of memory.
    pub fn visits(&self) -> impl Iterator<Item = (&Node, Vec<&Node>)> {
        let mut pending = vec![(&self.root, 0)];
        let mut path: Vec<&Node> = Vec::new();
        std::iter::from_fn(move || {
            let (node, depth) = pending.pop()?;
            path.truncate(depth);
            let ancestors = path.clone();
            path.push(node);
            pending.extend(node.children.iter().rev().map(|child| (child, depth + 1)));
            Some((node, ancestors))
        })
    }

    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.root.find(id)
    }
}

/// Text that is not a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error("the input is empty")]
    Empty,
    #[error("not an EXPLAIN output: {0}")]
    NotAPlan(String),
    #[error("{0}")]
    TooLarge(String),
    #[error("line {line}: {message}")]
    Malformed { line: usize, message: String },
}
