//! What a server says of itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerInfo {
    /// The engine's own name, for the record and for rules that hold for some engines only.
    pub engine: String,
    /// As the server says it: `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// `[major, minor]`.
    pub version_number: [u32; 2],
    pub database: String,
    pub user: String,
    /// Where it was reached, without credentials.
    pub address: String,
    pub encrypted: bool,
    pub replica: bool,
    /// Size of the database on disk.
    pub database_bytes: Option<u64>,
    pub max_connections: Option<u64>,
}
