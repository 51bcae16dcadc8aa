//! Indexes that exist for the planner only, by the extension hypopg.

use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{DbError, DbErrorKind, Hypothetical};
use crate::sql::Dialect;

/// Runs on every what-if call, hence few round trips: the size is asked for together with the name.
pub async fn add(client: &Client, ddl: &str, major: u32) -> Result<Hypothetical, DbError> {
    let added = change(client, &[], &[ddl.to_owned()], major).await?;
    added.into_iter().next().ok_or_else(none_created)
}

/// One round trip, however many go and come.
pub async fn change(
    client: &Client,
    gone: &[String],
    ddl: &[String],
    major: u32,
) -> Result<Vec<Hypothetical>, DbError> {
    let literal = |text: &String| PostgresDialect.quote_literal(text);
    let mut statements = Vec::new();
    if !gone.is_empty() {
        let names: Vec<String> = gone.iter().map(literal).collect();
        // The condition hides the result: only created indexes return rows.
        statements.push(format!(
            "SELECT 1 FROM hypopg() WHERE indexname IN ({}) AND NOT hypopg_drop_index(indexrelid)",
            names.join(", ")
        ));
    }
    statements.extend(ddl.iter().map(|ddl| {
        format!(
            "SELECT indexname, hypopg_relation_size(indexrelid) FROM hypopg_create_index({})",
            literal(ddl)
        )
    }));
    let sql = statements.join("; ");
    let rows = query::rows(client, &sql).await.map_err(|error| explain(error, major))?;
    let created: Vec<Hypothetical> = rows.into_iter().filter_map(hypothetical).collect();
    if created.len() == ddl.len() { Ok(created) } else { Err(none_created()) }
}

fn hypothetical(row: query::TextRow) -> Option<Hypothetical> {
    let mut values = row.into_iter();
    let name = values.next().flatten()?;
    let size = values.next().flatten().and_then(|text| text.parse().ok());
    Some(Hypothetical { name, size_bytes: size.unwrap_or(0) })
}

fn none_created() -> DbError {
    DbError::new(DbErrorKind::Unsupported, "hypopg created no index from the statement")
}

pub async fn clear(client: &Client, major: u32) -> Result<(), DbError> {
    match query::rows(client, "SELECT hypopg_reset()").await {
        Ok(_) => Ok(()),
        Err(error) => {
            let missing = explain(error, major);
            Err(match is_installed(client).await {
                true => missing.with_remedy(
                    "CREATE EXTENSION hypopg in this database: the server's packages have it",
                ),
                false => missing,
            })
        }
    }
}

/// On the server, if not in this database.
async fn is_installed(client: &Client) -> bool {
    let sql = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg' \
               AND installed_version IS NULL";
    matches!(query::value(client, sql).await, Ok(Some(_)))
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
