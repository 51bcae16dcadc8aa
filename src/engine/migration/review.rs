//! What will break, and what to do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a point stands in the way.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The move fails, or answers are wrong without a word.
    Blocks,
    NeedsWork,
    Note,
}

/// One thing that the target does differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Stable name of the kind of point: `zero-date`.
    pub id: String,
    pub severity: Severity,
    /// The object, setting or query.
    pub object: String,
    pub why: String,
    /// What to do.
    pub action: String,
    /// A statement, query or setting that does it; a suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Where a database is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// Name of the engine.
    pub engine: String,
    /// `[major, minor]`.
    pub version: [u32; 2],
}

impl Point {
    pub fn new(
        id: &str,
        severity: Severity,
        object: impl Into<String>,
        why: impl Into<String>,
        action: impl Into<String>,
    ) -> Point {
        Point {
            id: id.to_owned(),
            severity,
            object: object.into(),
            why: why.into(),
            action: action.into(),
            suggestion: None,
        }
    }

    pub fn suggesting(mut self, text: impl Into<String>) -> Point {
        self.suggestion = Some(text.into());
        self
    }
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Blocks => "blocks",
            Severity::NeedsWork => "needs work",
            Severity::Note => "note",
        }
    }
}
