//! The tables of `planwise.toml`, with what holds when a key is not given.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Either `url_env` or `sandbox`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetTable {
    /// Name of the environment variable that holds the database's URL: secrets do not belong into a file.
    pub url_env: Option<String>,
    /// `true`, or the engine's name.
    pub sandbox: Option<SandboxKey>,
    #[serde(default)]
    pub load: Vec<PathBuf>,
    pub scale: Option<f64>,
    pub data_seed: Option<u64>,
    pub server_bin: Option<PathBuf>,
    /// Settings of planwise's own sessions.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    pub statement_timeout_s: Option<f64>,
    /// Functions that may be called although what they change may stay; see `--allow-functions`.
    #[serde(default)]
    pub allow_functions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum SandboxKey {
    Wanted(bool),
    Engine(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureTable {
    /// Blocks of every query, each on a fresh connection.
    pub blocks: u32,
    /// For all queries together.
    pub seconds: f64,
    /// Order of the queries within a block.
    pub seed: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BaselineTable {
    /// `last-good` or `median`.
    #[serde(rename = "use")]
    pub kind: BaselineKey,
    /// Good runs that `median` takes together.
    pub nights: usize,
    /// A fixed run instead: its tag, label, commit or id.
    pub tag: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKey {
    LastGood,
    Median,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GateTable {
    /// `regression`, `inconclusive` or `any`.
    pub fail_on: FailOnKey,
    /// Per cent that the whole interval must lie beyond; 20 at least, since nights differ.
    pub tolerance: f64,
    pub least_ms: f64,
    /// Per cent of the workload's time.
    pub least_share: f64,
    /// Measure a second time before something is called slower on the word of the clock alone.
    pub confirm: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOnKey {
    Regression,
    Inconclusive,
    Any,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryTable {
    pub folder: PathBuf,
    /// Runs older than this are taken away after each night; for good when not given.
    pub keep_days: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputTable {
    pub folder: PathBuf,
    pub redact: bool,
    pub junit: Option<PathBuf>,
    pub github: bool,
    pub gitlab: Option<PathBuf>,
    pub openmetrics: Option<PathBuf>,
    pub markdown_comment: Option<PathBuf>,
}

impl Default for MeasureTable {
    fn default() -> Self {
        MeasureTable { blocks: 16, seconds: 60.0, seed: 1 }
    }
}

impl Default for BaselineTable {
    fn default() -> Self {
        BaselineTable { kind: BaselineKey::LastGood, nights: 5, tag: None }
    }
}

impl Default for GateTable {
    fn default() -> Self {
        let fail_on = FailOnKey::Regression;
        GateTable { fail_on, tolerance: 20.0, least_ms: 0.1, least_share: 1.0, confirm: true }
    }
}

impl Default for HistoryTable {
    fn default() -> Self {
        HistoryTable { folder: PathBuf::from("planwise-history"), keep_days: None }
    }
}

impl Default for OutputTable {
    fn default() -> Self {
        OutputTable {
            folder: PathBuf::from("planwise-out"),
            redact: false,
            junit: None,
            github: false,
            gitlab: None,
            openmetrics: None,
            markdown_comment: None,
        }
    }
}
