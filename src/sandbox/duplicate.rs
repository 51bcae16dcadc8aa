//! A second database beside the first.

use std::time::Duration;

use super::Sandbox;
use crate::engine::{Access, DbError, DbErrorKind, Session, SessionOptions};

/// Attempts to copy a database inside the server, a tenth of a second apart.
const ATTEMPTS: u32 = 50;

impl Sandbox {
    /// Makes a copy of [`Sandbox::database`] on the same server, one to change, and returns its URL; `suffix` is
    /// added to the name. Nobody else may be connected to the first meanwhile.
    pub async fn duplicate(&self, suffix: &str) -> Result<String, DbError> {
        let from = self.database();
        let to = format!("{}_{suffix}", from.chars().take(40).collect::<String>());
        let first = self.engine().launcher().first_database();
        let options = SessionOptions {
            access: Access::Commit,
            statement_timeout: Duration::ZERO,
            ..SessionOptions::default()
        };
        let mut session = self.engine().connect(&self.owner_url(first), &options).await?;
        clone_when_free(session.as_mut(), from, &to).await?;
        Ok(self.owner_url(&to))
    }
}

/// Sessions that have just been closed take a moment to be gone from the server.
async fn clone_when_free(session: &mut dyn Session, from: &str, to: &str) -> Result<(), DbError> {
    let mut attempts = ATTEMPTS;
    loop {
        match session.clone_database(from, to).await {
            Err(error) if attempts > 0 && error.kind == DbErrorKind::Statement => {
                tracing::debug!("not copied yet: {error}");
                attempts -= 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            outcome => return outcome,
        }
    }
}
