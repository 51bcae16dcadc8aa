//! A second database beside the first.

use std::sync::PoisonError;
use std::time::Duration;

use super::launch::unlimited;
use super::{Sandbox, SandboxError};
use crate::engine::{Access, DbError, DbErrorKind, Session, SessionOptions};

/// Attempts to copy a database inside the server, a tenth of a second apart.
const ATTEMPTS: u32 = 50;

impl Sandbox {
    /// Whether [`Sandbox::duplicate`] starts another server for the copy.
    pub fn copies_apart(&self) -> bool {
        self.engine().launcher().before_twin().is_some()
    }

    /// Makes a copy of [`Sandbox::database`], one to change, and returns its URL: on the same server, with `suffix` added
    /// to the name, or where a database is what statements name as a schema under its own name on a server of its own,
    /// which is gone when this one is. Nobody else may be connected to the first meanwhile.
    pub async fn duplicate(&self, suffix: &str) -> Result<String, SandboxError> {
        if let Some(statements) = self.engine().launcher().before_twin() {
            return self.beside(statements).await;
        }
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

    async fn beside(&self, statements: &[&str]) -> Result<String, SandboxError> {
        let mut session = self.connect(&unlimited(Access::Commit)).await?;
        for statement in statements {
            session.command(statement).await?;
        }
        drop(session);
        let twin = self.twin().await?;
        let url = twin.owner_url(twin.database());
        self.twins.lock().unwrap_or_else(PoisonError::into_inner).push(twin);
        Ok(url)
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
