//! What every session is set to before its first statement.

use std::time::Duration;

use tokio_postgres::Client;

use super::execute::TEXT_STATEMENT;
use super::explain::GENERIC_STATEMENT;
use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{Access, DbError, DbErrorKind, SessionOptions, recordable};
use crate::sql::Dialect;

/// A session that planwise itself forgot in a transaction is ended by the server after this long at the least.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

pub async fn apply(client: &Client, options: &SessionOptions) -> Result<(), DbError> {
    let safety = safety(options);
    safety.iter().for_each(|(name, value)| logged(name, value));
    let safety: Vec<String> = safety.iter().map(|(name, value)| call(name, value)).collect();
    // One round trip: connecting to a server far away is slow enough.
    query::run(client, &format!("SELECT {}", safety.join(", "))).await?;
    // Needs a right that many logins lack; plans then have no I/O times.
    let _ = set(client, "track_io_timing", "on").await;
    for (name, value) in &options.settings {
        logged(name, value);
        set(client, name, value).await?;
    }
    Ok(())
}

fn logged(name: &str, value: &str) {
    tracing::info!(name, value = recordable(name, value), "setting for this session");
}

/// After a request that was given up half-way: what it had set for itself alone is taken back.
pub async fn recover(client: &Client, options: &SessionOptions) -> Result<(), DbError> {
    query::run(client, "ROLLBACK").await?;
    query::run(client, "RESET plan_cache_mode").await?;
    drop_prepared(client).await?;
    apply(client, options).await
}

/// Statements that planwise had prepared under a name and could not drop.
pub async fn drop_prepared(client: &Client) -> Result<(), DbError> {
    let left = format!(
        "SELECT name FROM pg_catalog.pg_prepared_statements WHERE name IN ('{TEXT_STATEMENT}', '{GENERIC_STATEMENT}')"
    );
    for row in query::rows(client, &left).await? {
        let name = row.into_iter().next().flatten().unwrap_or_default();
        query::run(client, &format!("DEALLOCATE {name}")).await?;
    }
    Ok(())
}

/// After a script, which may have set anything and may have left a transaction open.
pub async fn restore(client: &Client, options: &SessionOptions) -> Result<(), DbError> {
    for reset in ["ROLLBACK", "RESET SESSION AUTHORIZATION", "RESET ALL"] {
        query::run(client, reset).await?;
    }
    apply(client, options).await
}

/// Before a statement whose changes stay: the settings of the session that it was written for.
pub async fn adopt(client: &Client, settings: &[(String, String)]) -> Result<(), DbError> {
    for (name, value) in settings {
        set(client, name, value).await?;
    }
    Ok(())
}

/// After a statement whose changes stay: its settings and session locks shall not reach the next one.
pub async fn forget_settings(client: &Client, options: &SessionOptions) -> Result<(), DbError> {
    let own = safety(options).into_iter().map(|(name, value)| call(name, &value));
    let asked = options.settings.iter().map(|(name, value)| call(name, value));
    let calls: Vec<String> = own.chain(asked).collect();
    let reset =
        "RESET SESSION AUTHORIZATION; RESET ALL; SELECT pg_catalog.pg_advisory_unlock_all()";
    query::run(client, &format!("{reset}, {}", calls.join(", "))).await?;
    let _ = set(client, "track_io_timing", "on").await;
    Ok(())
}

/// Sets the statement timeout back to what the options say.
pub async fn limit_statements(client: &Client, options: &SessionOptions) -> Result<(), DbError> {
    set(client, "statement_timeout", &milliseconds(options.statement_timeout)).await
}

fn safety(options: &SessionOptions) -> Vec<(&'static str, String)> {
    let idle = options.statement_timeout.max(IDLE_IN_TRANSACTION);
    let mut settings = vec![
        ("statement_timeout", milliseconds(options.statement_timeout)),
        ("lock_timeout", milliseconds(options.lock_timeout)),
        ("idle_in_transaction_session_timeout", milliseconds(idle)),
    ];
    if options.access == Access::ReadOnly {
        settings.push(("default_transaction_read_only", "on".to_owned()));
    }
    settings
}

/// Zero means no limit to the server; a limit below a millisecond must not become none.
fn milliseconds(duration: Duration) -> String {
    let whole = duration.as_millis().min(i32::MAX as u128);
    let floor = u128::from(!duration.is_zero());
    whole.max(floor).to_string()
}

pub async fn set(client: &Client, name: &str, value: &str) -> Result<(), DbError> {
    let set = query::run(client, &format!("SELECT {}", call(name, value))).await;
    set.map_err(|error| refused(name, value, error))
}

fn call(name: &str, value: &str) -> String {
    set_config(name, value, "false")
}

/// Calls that set each of `settings` until the transaction ends.
pub fn local(settings: &[(String, String)]) -> String {
    let calls = settings.iter().map(|(name, value)| set_config(name, value, "true"));
    calls.collect::<Vec<_>>().join(", ")
}

fn set_config(name: &str, value: &str, local: &str) -> String {
    let quote = |text: &str| PostgresDialect.quote_literal(text);
    format!("pg_catalog.set_config({}, {}, {local})", quote(name), quote(value))
}

fn refused(name: &str, value: &str, error: DbError) -> DbError {
    if error.ends_session() {
        return error;
    }
    let kind =
        if error.kind == DbErrorKind::Permission { error.kind } else { DbErrorKind::BadTarget };
    let message = format!("the setting {name} cannot be set to \"{value}\": {}", error.message);
    DbError { kind, message, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_limit_is_not_no_limit() {
        assert_eq!(milliseconds(Duration::ZERO), "0");
        assert_eq!(milliseconds(Duration::from_micros(5)), "1");
        assert_eq!(milliseconds(Duration::from_secs(30)), "30000");
        assert_eq!(milliseconds(Duration::MAX), "2147483647");
    }
}
