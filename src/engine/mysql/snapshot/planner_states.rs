//! The part of these servers in snapshots.

use std::io;
use std::path::Path;

use async_trait::async_trait;

use super::{doubt, identifier, literal, neighbours, read, redact, resample, restore};
use crate::engine::mysql::explain::work;
use crate::engine::mysql::family::Family;
use crate::engine::{
    DbError, DbErrorKind, IndexFacts, PlanMemory, PlannerState, PlannerStates, RestorePlace,
    Restored, RunAs, ScalePlace, SessionOptions, Setting, SizedFile,
};
use crate::plan::Plan;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerStates(pub Family);

/// Every server has them, and owners of databases may not write to them.
const TAKEN: [&str; 4] = ["mysql", "sys", "information_schema", "performance_schema"];

#[async_trait]
impl PlannerStates for ServerStates {
    async fn read(&self, url: &str, options: &SessionOptions) -> Result<PlannerState, DbError> {
        read::read(url, options).await
    }

    async fn read_ends(
        &self,
        _url: &str,
        _options: &SessionOptions,
        _state: &mut PlannerState,
    ) -> Result<(), DbError> {
        let message = format!(
            "{} keeps nothing of the ends of an index that a server without rows could be told",
            self.0.title()
        );
        Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy("leave --ends out"))
    }

    fn create_database(&self, state: &PlannerState) -> (String, Vec<String>) {
        let facts = &state.database;
        let taken = TAKEN.iter().any(|name| name.eq_ignore_ascii_case(&facts.name));
        let name =
            if taken || facts.name.is_empty() { "snapshot".to_owned() } else { facts.name.clone() };
        let create = format!("CREATE DATABASE IF NOT EXISTS {}", identifier(&name));
        let charset = |collation: &str| {
            let text = format!("{create} CHARACTER SET {}", literal(&facts.encoding));
            if collation.is_empty() {
                text
            } else {
                format!("{text} COLLATE {}", literal(collation))
            }
        };
        (name, vec![charset(&facts.collate), charset(""), create.clone()])
    }

    fn server_settings(&self) -> Vec<(String, String)> {
        vec![("innodb-stats-persistent".to_owned(), "ON".to_owned())]
    }

    async fn restore(
        &self,
        state: &PlannerState,
        place: RestorePlace<'_>,
    ) -> Result<Restored, DbError> {
        restore::restore(state, place).await
    }

    async fn started(&self, state: &PlannerState, url: &str) -> Result<Vec<String>, DbError> {
        restore::started(state, url).await
    }

    fn alternatives(&self) -> Vec<(String, String)> {
        neighbours::alternatives()
    }

    fn is_possible(&self, _plan: &Plan) -> bool {
        true
    }

    fn price(&self, plan: &Plan) -> Option<f64> {
        Some(work(plan))
    }

    fn reads_at_start(&self) -> bool {
        self.0 == Family::Mariadb
    }

    fn doubt(&self, plan: &Plan) -> Option<&'static str> {
        doubt::doubt(plan)
    }

    fn hide_index(&self, index: &IndexFacts, hidden: bool) -> Option<String> {
        neighbours::hide_index(self.0, index, hidden)
    }

    fn plan_memory(&self, settings: &[Setting]) -> PlanMemory {
        neighbours::plan_memory(settings)
    }

    async fn resample(
        &self,
        state: &PlannerState,
        url: &str,
        seed: Option<u64>,
    ) -> Result<(), DbError> {
        resample::resample(state, url, seed).await
    }

    async fn scale(
        &self,
        state: &PlannerState,
        place: ScalePlace<'_>,
        factor: f64,
    ) -> Result<(), DbError> {
        resample::scale(state, place.url, factor).await
    }

    /// Sizes are figures here.
    fn resize(&self, _data: &Path, _files: &[SizedFile], _owner: Option<&RunAs>) -> io::Result<()> {
        Ok(())
    }

    fn redact(&self, state: &mut PlannerState) -> String {
        redact::redact(state)
    }
}
