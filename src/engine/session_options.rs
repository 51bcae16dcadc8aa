//! What a session may do, and how long it waits.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AllowedFunctions;

/// What a session may do to data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The server itself refuses writes.
    ReadOnly,
    /// Every write runs in a transaction that is rolled back.
    Rollback,
    /// Writes stay.
    Commit,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SessionOptions {
    pub access: Access,
    /// Under any access but [`Access::Commit`], other functions that may change something for good are refused.
    pub allowed_functions: AllowedFunctions,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
    pub connect_timeout: Duration,
    /// Set on this session only, in order.
    pub settings: Vec<(String, String)>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            access: Access::ReadOnly,
            allowed_functions: AllowedFunctions::default(),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            settings: Vec::new(),
        }
    }
}
