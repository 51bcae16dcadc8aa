//! Everything that one login sees of a server at one moment.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::engine::{Catalog, Counters, DbError, DbErrorKind, ServerInfo, Session, Setting};

/// Version of the form in which a state is kept.
pub const SERVER_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerState {
    pub format: u32,
    pub server: ServerInfo,
    pub settings: Vec<Setting>,
    pub catalog: Catalog,
    pub counters: CounterSample,
    /// `None` where the server runs on another machine.
    pub machine: Option<Machine>,
    /// What this login could not see.
    pub hidden: Vec<Hidden>,
}

/// Counters as they stood at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterSample {
    pub at: Timestamp,
    pub values: Counters,
}

/// Something that was not seen, and the right or setting that would show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Hidden {
    pub what: String,
    pub right: String,
}

/// What happened between two looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    pub counters: Counters,
    pub over: Duration,
    /// Bytes that each table with its indexes grew by, by `schema.table`; new tables count whole.
    pub tables: Vec<(String, i128)>,
}

impl ServerState {
    /// Reads everything. What the login may not read is listed and no error.
    ///
    /// # Errors
    /// The server went away, or does not even say what it is.
    pub async fn read(session: &mut dyn Session) -> Result<ServerState, DbError> {
        let server = session.server().await?;
        let mut hidden = Vec::new();
        let settings = seen(session.settings().await, "settings", &mut hidden)?;
        let settings = settings.into_iter().map(Setting::without_secret).collect();
        let catalog = seen(session.catalog().await, "tables and indexes", &mut hidden)?;
        let values = seen(session.counters().await, "activity counters", &mut hidden)?;
        let machine = Machine::of(&server.address);
        Ok(ServerState {
            format: SERVER_FORMAT,
            server,
            settings,
            catalog,
            counters: CounterSample { at: Timestamp::now(), values },
            machine,
            hidden,
        })
    }

    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Growth since an earlier state of the same database; `None` where `earlier` is none, or is of another one.
    pub fn growth_since(&self, earlier: &ServerState) -> Option<Growth> {
        let same = self.server.engine == earlier.server.engine
            && self.server.database == earlier.server.database;
        let over = self.counters.at.duration_since(earlier.counters.at);
        let over = Duration::try_from(over).ok().filter(|over| !over.is_zero() && same)?;
        let size = |state: &ServerState, schema: &str, name: &str| {
            let table = state.catalog.table(Some(schema), name)?;
            let indexes: u64 = table.indexes.iter().map(|index| index.bytes).sum();
            Some(i128::from(table.bytes + indexes))
        };
        let tables = self.catalog.tables.iter().filter_map(|table| {
            let now = size(self, &table.schema, &table.name)?;
            let before = size(earlier, &table.schema, &table.name).unwrap_or(0);
            (now != before).then(|| (format!("{}.{}", table.schema, table.name), now - before))
        });
        Some(Growth {
            counters: self.counters.values.since(&earlier.counters.values),
            over,
            tables: tables.collect(),
        })
    }
}

/// A refusal is remembered with what would lift it.
fn seen<T: Default>(
    read: Result<T, DbError>,
    what: &str,
    hidden: &mut Vec<Hidden>,
) -> Result<T, DbError> {
    match read {
        Ok(value) => Ok(value),
        Err(error) if matches!(error.kind, DbErrorKind::Permission | DbErrorKind::Unsupported) => {
            let right = error.remedy.clone().unwrap_or(error.message);
            hidden.push(Hidden { what: what.to_owned(), right });
            Ok(T::default())
        }
        Err(error) => Err(error),
    }
}
