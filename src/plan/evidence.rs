//! How much a plan lets us say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quality of the evidence, best first: `A < B < C < D`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Evidence {
    /// Executed, with timing, buffers, per-worker output and settings.
    A,
    /// Executed, with timing, but without per-worker output.
    B,
    /// Executed without per-node timing: rows and buffers only.
    C,
    /// Estimates only.
    D,
}
