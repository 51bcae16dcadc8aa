//! Copies of a database inside the server.

use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{DbError, DbErrorKind};
use crate::sql::Dialect;

/// The copy has the same data files: same statistics, same bloat, same plans. Nobody is thrown out.
pub async fn clone_database(client: &Client, from: &str, to: &str) -> Result<(), DbError> {
    let quote = |name: &str| PostgresDialect.quote_identifier(name);
    let sql = format!("CREATE DATABASE {} TEMPLATE {}", quote(to), quote(from));
    match query::run(client, &sql).await {
        Err(error) if error.sqlstate.as_deref() == Some("55006") => {
            let who = sessions(client, from).await?;
            Err(in_use(from, &who, error))
        }
        result => result,
    }
}

async fn sessions(client: &Client, database: &str) -> Result<Vec<String>, DbError> {
    let sql = format!(
        "SELECT format('%s (process %s, %s)', COALESCE(NULLIF(application_name, ''), backend_type), pid, \
                       COALESCE(usename, 'no user')) \
         FROM pg_catalog.pg_stat_activity \
         WHERE datname = {} AND pid <> pg_backend_pid() ORDER BY pid",
        PostgresDialect.quote_literal(database)
    );
    let rows = query::rows(client, &sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

fn in_use(database: &str, who: &[String], error: DbError) -> DbError {
    let message =
        format!("the database {database} is in use and cannot be copied: {}", who.join(", "));
    DbError { kind: DbErrorKind::Statement, message, ..error }
        .with_remedy("end these sessions, then try again")
}
