//! PostgreSQL as an [`Engine`]: what the rest of planwise sees of this folder.

use async_trait::async_trait;

use super::dialect::PostgresDialect;
use super::launcher::PostgresLauncher;
use super::session::PostgresSession;
use super::{NAME, explain};
use crate::engine::{DbError, Engine, Launcher, Session, SessionOptions};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Postgres;

#[async_trait]
impl Engine for Postgres {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["postgres", "postgresql"]
    }

    fn dialect(&self) -> &dyn Dialect {
        &PostgresDialect
    }

    fn parse_plan(&self, text: &str) -> Result<Plan, PlanError> {
        explain::parse(text)
    }

    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(PostgresSession::connect(url, options).await?))
    }

    fn launcher(&self) -> &dyn Launcher {
        &PostgresLauncher
    }

    fn limits(&self) -> &'static [&'static str] {
        &[]
    }
}
