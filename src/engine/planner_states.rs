//! Reading what a planner goes by, making a server that has it, and asking for the plans next to a plan.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use async_trait::async_trait;

use super::{
    DbError, IndexFacts, Installation, PlannerState, RunAs, SessionOptions, Setting, SizedFile,
    StandIns,
};
use crate::plan::Plan;

/// What came of making a database from a state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Restored {
    /// To be carried out while the server is stopped.
    pub files: Vec<SizedFile>,
    /// What is not as on the source, as sentences without their full stop.
    pub differing: Vec<String>,
    /// What could not be made.
    pub left_out: Vec<LeftOut>,
    /// Extensions that are not installed here.
    pub missing_extensions: Vec<String>,
}

/// Something of the source that is not on its replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Kind and name.
    pub what: String,
    pub why: String,
    /// What a query calls it, or what it is of: a function, an operator, the table of an index.
    pub names: Vec<String>,
}

/// Connections to a throwaway server.
pub struct RestorePlace<'a> {
    /// Of the database that is to be made, for who may do anything, and for its owner.
    pub url: &'a str,
    pub owner_url: &'a str,
    pub installation: &'a Installation,
    /// Where the server keeps its data, and whom new files there are to belong to.
    pub data: &'a Path,
    pub data_owner: Option<&'a RunAs>,
    /// Statements by the owner that change the schema, once it is there.
    pub change: &'a [String],
}

/// A running replica.
#[derive(Debug, Clone, Copy)]
pub struct ScalePlace<'a> {
    /// For who may do anything.
    pub url: &'a str,
    pub data: &'a Path,
    pub data_owner: Option<&'a RunAs>,
    /// Of the sizes they have.
    pub files: &'a [SizedFile],
}

/// Bytes that a sort and a hash table may take before they go to disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanMemory {
    pub sort_bytes: f64,
    pub hash_bytes: f64,
}

/// Reads and rebuilds [`PlannerState`]s of one engine.
#[async_trait]
pub trait PlannerStates: Send + Sync {
    /// Reads catalogs only, waits for nobody's lock, and changes nothing. What the login may not read is said in the
    /// state itself.
    async fn read(&self, url: &str, options: &SessionOptions) -> Result<PlannerState, DbError>;

    /// Adds the first and last values of indexed columns to a state that was read: rows are read for it, by the index.
    async fn read_ends(
        &self,
        url: &str,
        options: &SessionOptions,
        state: &mut PlannerState,
    ) -> Result<(), DbError>;

    /// The database that a new server is to have for `state`: its name and the statements that make it, the first
    /// that succeeds.
    fn create_database(&self, state: &PlannerState) -> (String, Vec<String>);

    /// On top of a sandbox's own: nothing may change statistics by itself.
    fn server_settings(&self) -> Vec<(String, String)>;

    /// Makes schema and statistics in an empty database.
    async fn restore(
        &self,
        state: &PlannerState,
        place: RestorePlace<'_>,
    ) -> Result<Restored, DbError>;

    /// Statements that each keep a session's planner from one kind of step, so that it says what it would do next, with
    /// the one that lets it again. One that this server does not know fails and changes nothing.
    fn alternatives(&self) -> Vec<(String, String)>;

    /// Whether a plan made under [`PlannerStates::alternatives`] keeps to them: where it had no other way, its cost says
    /// nothing.
    fn is_possible(&self, plan: &Plan) -> bool;

    /// What a plan costs, where the server prints no cost.
    fn price(&self, plan: &Plan) -> Option<f64> {
        let _ = plan;
        None
    }

    /// Statistics that were written are read when the server starts, and not before.
    fn reads_at_start(&self) -> bool {
        false
    }

    /// Why a plan of a server without rows says nothing of the source's; `None` where it does.
    fn doubt(&self, plan: &Plan) -> Option<&'static str> {
        let _ = plan;
        None
    }

    /// The statement that takes an index from every planner's sight, or gives it back; `None` where it has to stay.
    fn hide_index(&self, index: &IndexFacts, hidden: bool) -> Option<String>;

    /// Memory that one step may use by these settings.
    fn plan_memory(&self, settings: &[Setting]) -> PlanMemory;

    /// Writes the statistics of `state` as another sample of the same rows might have given them, by chance of `seed`;
    /// as they are without one. `url` is for who may do anything.
    async fn resample(
        &self,
        state: &PlannerState,
        url: &str,
        seed: Option<u64>,
    ) -> Result<(), DbError>;

    /// Makes every table `factor` times as large, while the server runs, and leaves statistics as they were gathered.
    async fn scale(
        &self,
        state: &PlannerState,
        place: ScalePlace<'_>,
        factor: f64,
    ) -> Result<(), DbError>;

    /// What has to be done on the server that has its sizes, before it is asked. Returns what is not as on the source, as
    /// sentences without their full stop.
    async fn started(&self, state: &PlannerState, url: &str) -> Result<Vec<String>, DbError> {
        let _ = (state, url);
        Ok(Vec::new())
    }

    /// Gives files their sizes. Where their content changes too, the server must not run.
    fn resize(&self, data: &Path, files: &[SizedFile], owner: Option<&RunAs>) -> io::Result<()>;

    /// For indexes that are tried on a running replica of `state`; `None` where none can stand there without rows.
    /// `urls` are for who may do anything, and for the owner.
    async fn stand_ins<'a>(
        &self,
        state: &'a PlannerState,
        urls: (&str, &str),
        data: (&'a Path, Option<&'a RunAs>),
    ) -> Result<Option<Box<dyn StandIns + 'a>>, DbError> {
        let _ = (state, urls, data);
        Ok(None)
    }

    /// Leaves out of `state` what was taken from rows. Returns what that costs, as a sentence without its full stop.
    fn redact(&self, state: &mut PlannerState) -> String;

    /// Puts other values of the same order in the place of those that were taken from rows, where the engine can; leaves
    /// them out where it cannot. Returns what that costs, as a sentence without its full stop.
    fn hash(&self, state: &mut PlannerState, salt: &str) -> String {
        let _ = salt;
        self.redact(state)
    }

    /// Undoes that for values that are `named`. Returns how many were found.
    fn recognise(&self, state: &mut PlannerState, salt: &str, named: &BTreeSet<String>) -> usize {
        let _ = (state, salt, named);
        0
    }
}
