//! A database without rows that its planner takes for the source: schema by the owner, who may do no harm with what a
//! snapshot says; statistics by the superuser, who runs none of it.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Client;

use super::ends::Leaves;
use super::types::Numbers;
use super::{identifier, literal};
use crate::engine::postgres::carried;
use crate::engine::postgres::session::PostgresSession;
use crate::engine::postgres::session::query;
use crate::engine::{
    Access, DbError, DbErrorKind, IndexFacts, PlannerState, RestorePlace, Restored, RunAs,
    SessionOptions, SizedFile,
};

/// So that statements mean what they meant where they were read.
const FORMS: &str = "SET search_path = ''; SET check_function_bodies = off; SET client_min_messages = error; \
    SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET standard_conforming_strings = on";

pub async fn restore(state: &PlannerState, place: RestorePlace<'_>) -> Result<Restored, DbError> {
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        lock_timeout: Duration::ZERO,
        ..SessionOptions::default()
    };
    let owners = sessions(place.owner_url, &options).await?;
    let superusers = sessions(place.url, &options).await?;
    let owners: Vec<&Client> = owners.iter().map(PostgresSession::client).collect();
    let superusers: Vec<&Client> = superusers.iter().map(PostgresSession::client).collect();
    let major = place.installation.version_number[0];
    let mut work = Work {
        state,
        owner: owners[0],
        superuser: superusers[0],
        owners,
        superusers,
        major,
        restored: Restored::default(),
        data: place.data,
        data_owner: place.data_owner,
        change: place.change,
        new_indexes: Vec::new(),
        leaves: Leaves::new(),
        visible: Vec::new(),
    };
    work.all().await?;
    Ok(work.restored)
}

/// More connections than this do not make one server quicker.
const MOST_SESSIONS: usize = 4;

/// One for each core.
async fn sessions(url: &str, options: &SessionOptions) -> Result<Vec<PostgresSession>, DbError> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut sessions = Vec::new();
    for _ in 0..cores.clamp(1, MOST_SESSIONS) {
        let session = PostgresSession::connect(url, options).await?;
        query::run(session.client(), FORMS).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

pub(super) struct Work<'a> {
    pub state: &'a PlannerState,
    pub owner: &'a Client,
    pub superuser: &'a Client,
    /// With these among them: for what can be done side by side.
    pub owners: Vec<&'a Client>,
    pub superusers: Vec<&'a Client>,
    pub major: u32,
    pub restored: Restored,
    pub data: &'a Path,
    pub data_owner: Option<&'a RunAs>,
    pub change: &'a [String],
    /// What the change has added.
    pub new_indexes: Vec<IndexFacts>,
    /// Files with the first and the last entry of an index, by its number.
    pub leaves: Leaves,
    /// What says that those entries lead to rows that everybody sees.
    pub visible: Vec<SizedFile>,
}

impl Work<'_> {
    async fn all(&mut self) -> Result<(), DbError> {
        self.compare_databases().await?;
        self.schema().await?;
        for superuser in &self.superusers {
            query::run(superuser, "SET allow_system_table_mods = on").await?;
        }
        self.believe_keys().await?;
        self.change().await?;
        let numbers = Numbers::read(self.superuser).await?;
        self.sizes(&numbers).await?;
        self.columns(&numbers).await?;
        self.extended(&numbers).await?;
        self.invalid(&numbers).await?;
        self.ends(&numbers).await?;
        self.added(&numbers).await?;
        self.settings().await?;
        self.restored.files = self.sized(&numbers);
        self.restored.files.append(&mut self.visible);
        query::run(self.superuser, "CHECKPOINT").await
    }

    pub(super) fn differs(&mut self, how: impl Into<String>) {
        self.restored.differing.push(how.into());
    }

    async fn compare_databases(&mut self) -> Result<(), DbError> {
        let facts = &self.state.database;
        if self.state.version_number[0] != self.major {
            self.differs(format!(
                "the source is version {}, and this server {}",
                self.state.version_number[0], self.major
            ));
        }
        let here = "SELECT pg_catalog.pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_catalog.pg_database \
                    WHERE datname = pg_catalog.current_database()";
        let here = query::value(self.superuser, here).await?.unwrap_or_default();
        let there = format!("{} {}", facts.encoding, facts.collate);
        if here != there {
            self.differs(format!(
                "the database has encoding and locale {here} here and {there} on the source: text is ordered otherwise"
            ));
        }
        let block = query::value(self.superuser, "SHOW block_size").await?.unwrap_or_default();
        if block != facts.block_bytes.to_string() {
            return Err(DbError::new(
                DbErrorKind::Unsupported,
                format!(
                    "the source has blocks of {} bytes, and the server programs here are built for {block}",
                    facts.block_bytes
                ),
            )
            .with_remedy("name programs built for the same block size with --pg-bin"));
        }
        Ok(())
    }

    /// Indexes that the source's planner does not use.
    async fn invalid(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        let invalid = self.state.indexes.iter().filter(|index| !index.valid);
        for index in invalid {
            if let Some(relation) = numbers.relation(&index.schema, &index.name) {
                let sql = format!(
                    "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = {}",
                    relation.oid
                );
                query::run(self.superuser, &sql).await?;
            }
        }
        Ok(())
    }

    /// For every session in this database. Another version has other defaults: there only what was changed counts.
    async fn settings(&mut self) -> Result<(), DbError> {
        let database = query::value(self.superuser, "SELECT pg_catalog.current_database()").await?;
        let database = identifier(&database.unwrap_or_default());
        let same = self.state.version_number[0] == self.major;
        let settings = self.state.settings.iter().filter(|s| carried::is_planner_setting(&s.name));
        let counted = settings.filter(|setting| (same || setting.changed) && setting.name != "jit");
        for setting in counted {
            let (name, value) = (identifier(&setting.name), literal(&setting.value));
            let sql = format!("ALTER DATABASE {database} SET {name} = {value}");
            match query::run(self.superuser, &sql).await {
                Ok(()) => {}
                Err(error) if error.ends_session() => return Err(error),
                Err(error) => self.differs(format!(
                    "{} is {} on the source and cannot be set here: {}",
                    setting.name, setting.value, error.message
                )),
            }
        }
        // Changes no plan, and compiling what planwise itself asks takes longer than running it.
        query::run(self.superuser, &format!("ALTER DATABASE {database} SET jit = off")).await?;
        let path = search_path(self.state);
        if !path.is_empty() {
            let sql = format!("ALTER DATABASE {database} SET search_path = {}", path.join(", "));
            query::run(self.superuser, &sql).await?;
        }
        Ok(())
    }
}

/// Quoted, without names that no schema can have.
pub(super) fn search_path(state: &PlannerState) -> Vec<String> {
    let bare = |part: &String| part.trim().trim_matches('"').replace("\"\"", "\"");
    let parts = state.database.search_path.iter().map(bare);
    parts.filter(|part| !part.is_empty()).map(|part| identifier(&part)).collect()
}

pub(super) fn unwritable(error: &io::Error) -> DbError {
    DbError::new(
        DbErrorKind::Local,
        format!("a file of the throwaway server cannot be sized: {error}"),
    )
}
