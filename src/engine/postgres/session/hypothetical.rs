//! Indexes that exist for the planner only, by the extension hypopg.

use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{DbError, DbErrorKind, Hypothetical};
use crate::sql::Dialect;

/// Runs on every what-if call, hence few round trips: the size is asked for together with the name.
pub async fn add(client: &Client, ddl: &str, major: u32) -> Result<Hypothetical, DbError> {
    let sql = format!(
        "SELECT indexname, hypopg_relation_size(indexrelid) FROM hypopg_create_index({})",
        PostgresDialect.quote_literal(ddl)
    );
    let rows = query::rows(client, &sql).await.map_err(|error| explain(error, major))?;
    let row = rows.into_iter().next().unwrap_or_default();
    let mut values = row.into_iter();
    let name = values.next().flatten();
    let size = values.next().flatten().and_then(|text| text.parse().ok());
    match name {
        Some(name) => Ok(Hypothetical { name, size_bytes: size.unwrap_or(0) }),
        None => Err(DbError::new(
            DbErrorKind::Unsupported,
            "hypopg created no index from the statement",
        )),
    }
}

pub async fn clear(client: &Client, major: u32) -> Result<(), DbError> {
    match query::rows(client, "SELECT hypopg_reset()").await {
        Ok(_) => Ok(()),
        Err(error) => Err(explain(error, major)),
    }
}

fn explain(error: DbError, major: u32) -> DbError {
    match error.sqlstate.as_deref() {
        Some("42883") => DbError::new(
            DbErrorKind::Unsupported,
            "hypothetical indexes need the extension hypopg, which this database does not have",
        )
        .with_remedy(format!(
            "apt-get install postgresql-{major}-hypopg on the server, then CREATE EXTENSION hypopg in this database"
        )),
        Some("XX000") => DbError { kind: DbErrorKind::Unsupported, ..error },
        _ => error,
    }
}
