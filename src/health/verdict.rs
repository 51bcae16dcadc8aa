//! What came of holding the checks against a server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::Severity;

/// One kind of trouble, in every place where it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ailment {
    pub id: String,
    /// The gravest of its places.
    pub severity: Severity,
    pub summary: String,
    /// The worst first where the server can tell; at most as many as are useful.
    pub places: Vec<Place>,
    /// Places that are not listed.
    pub more: usize,
    pub thresholds: Vec<Threshold>,
    pub why: String,
    /// Lock, cost or loss that its statements may bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub severity: Severity,
    /// The table, session or slot; nothing where it is the server.
    pub subject: Option<String>,
    /// What is so, with its numbers.
    pub message: String,
    /// What helps, in order; to be read before it is run.
    pub statements: Vec<String>,
}

/// A number that decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Threshold {
    pub name: String,
    pub value: f64,
    pub unit: String,
    /// Why this value.
    pub why: String,
}

/// A check that had no say: its silence is no praise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unjudged {
    pub check: String,
    /// What was not known.
    pub lacking: String,
}
