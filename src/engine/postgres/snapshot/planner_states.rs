//! PostgreSQL's part of snapshots.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use async_trait::async_trait;

use super::stand_ins::PostgresStandIns;
use super::{ends, files, hash, identifier, literal, neighbours, read, redact, resample, restore};
use crate::engine::postgres::sandbox_rights::OWNER;
use crate::engine::{
    DbError, IndexFacts, PlanMemory, PlannerState, PlannerStates, RestorePlace, Restored, RunAs,
    ScalePlace, SessionOptions, Setting, SizedFile, StandIns,
};
use crate::plan::Plan;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostgresStates;

/// Every cluster has them already.
const TAKEN: [&str; 3] = ["postgres", "template0", "template1"];

/// Where the source's locale is not installed.
pub const FALLBACK: &str = "C.UTF-8";

#[async_trait]
impl PlannerStates for PostgresStates {
    async fn read(&self, url: &str, options: &SessionOptions) -> Result<PlannerState, DbError> {
        read::read(url, options).await
    }

    async fn read_ends(
        &self,
        url: &str,
        options: &SessionOptions,
        state: &mut PlannerState,
    ) -> Result<(), DbError> {
        ends::read(url, options, state).await
    }

    fn create_database(&self, state: &PlannerState) -> (String, Vec<String>) {
        let facts = &state.database;
        let name = match TAKEN.contains(&facts.name.as_str()) || facts.name.is_empty() {
            true => "snapshot".to_owned(),
            false => facts.name.clone(),
        };
        let create =
            format!("CREATE DATABASE {} OWNER {OWNER} TEMPLATE template0", identifier(&name));
        let provider = match (facts.provider.as_str(), &facts.locale) {
            ("icu", Some(locale)) => {
                format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", literal(locale))
            }
            ("builtin", Some(locale)) => {
                format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", literal(locale))
            }
            _ => String::new(),
        };
        let locale = |encoding: &str, collate: &str, ctype: &str| {
            format!(
                "{create} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
                literal(encoding),
                literal(collate),
                literal(ctype)
            )
        };
        let same = locale(&facts.encoding, &facts.collate, &facts.ctype);
        let near = locale("UTF8", FALLBACK, FALLBACK);
        (name, vec![format!("{same}{provider}"), format!("{near}{provider}"), near, create])
    }

    fn server_settings(&self) -> Vec<(String, String)> {
        vec![("autovacuum".to_owned(), "off".to_owned())]
    }

    async fn restore(
        &self,
        state: &PlannerState,
        place: RestorePlace<'_>,
    ) -> Result<Restored, DbError> {
        restore::restore(state, place).await
    }

    fn resize(&self, data: &Path, files: &[SizedFile], owner: Option<&RunAs>) -> io::Result<()> {
        files::resize(data, files, owner)
    }

    fn alternatives(&self) -> Vec<(String, String)> {
        neighbours::alternatives()
    }

    fn is_possible(&self, plan: &Plan) -> bool {
        neighbours::is_possible(plan)
    }

    fn hide_index(&self, index: &IndexFacts, hidden: bool) -> Option<String> {
        Some(neighbours::hide_index(&index.schema, &index.name, hidden))
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
        let scaled = files::scale(place.data, &state.own(place.files), factor, place.data_owner);
        scaled.map_err(|error| restore::unwritable(&error))
    }

    async fn stand_ins<'a>(
        &self,
        state: &'a PlannerState,
        urls: (&str, &str),
        data: (&'a Path, Option<&'a RunAs>),
    ) -> Result<Option<Box<dyn StandIns + 'a>>, DbError> {
        Ok(Some(Box::new(PostgresStandIns::open(state, urls, data).await?)))
    }

    fn hash(&self, state: &mut PlannerState, salt: &str) -> String {
        hash::hash(state, salt)
    }

    fn recognise(&self, state: &mut PlannerState, salt: &str, named: &BTreeSet<String>) -> usize {
        hash::recognise(state, salt, named)
    }

    fn redact(&self, state: &mut PlannerState) -> String {
        redact::redact(state)
    }
}
