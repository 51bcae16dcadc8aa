//! How long an answer is waited for, on this side of the connection.
//!
//! The server ends statements that take too long, but a server that is stopped, and a connection that
//! a firewall has forgotten, say nothing at all.

use std::future::Future;
use std::time::Duration;

use super::{DbError, DbErrorKind, SessionOptions};

/// Beyond the limits that the server itself keeps.
const GRACE: Duration = Duration::from_secs(10);

/// Waits for one request of a session opened with `options`. A request may hold a few statements,
/// each within the statement timeout. Without such a timeout there is no limit here either.
///
/// # Errors
/// Those of `work`; a lost connection, when no answer came in time.
pub async fn answered<T>(
    options: &SessionOptions,
    work: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    if options.statement_timeout.is_zero() {
        return work.await;
    }
    let limit = options.statement_timeout.saturating_mul(2).saturating_add(GRACE);
    within(limit, work).await
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(silent(limit)))
}

fn silent(limit: Duration) -> DbError {
    let seconds = limit.as_secs_f64();
    let message = format!(
        "no answer came within {seconds} s, although the server ends statements earlier: the connection is given up"
    );
    DbError::new(DbErrorKind::ConnectionLost, message)
        .with_remedy("is the server stopped or overloaded, or does a firewall drop the connection?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silence_is_a_lost_connection() {
        let limit = Duration::from_millis(20);
        let error = within(limit, std::future::pending::<Result<(), _>>()).await.unwrap_err();
        assert!(error.ends_session());
        assert!(error.message.contains("0.02 s"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_is_passed_on() {
        assert_eq!(answered(&SessionOptions::default(), async { Ok(1) }).await, Ok(1));
        let unlimited =
            SessionOptions { statement_timeout: Duration::ZERO, ..SessionOptions::default() };
        assert_eq!(answered(&unlimited, async { Ok(2) }).await, Ok(2));
    }
}
