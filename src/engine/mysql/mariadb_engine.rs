//! MariaDB as an [`Engine`]: where its parts come together.

use async_trait::async_trait;

use super::dialect::MysqlDialect;
use super::explain;
use super::family::MARIADB;
use super::launcher::MariadbLauncher;
use super::session::MariadbSession;
use crate::engine::{DbError, Engine, Launcher, Session, SessionOptions};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mariadb;

#[async_trait]
impl Engine for Mariadb {
    fn name(&self) -> &'static str {
        MARIADB
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["mariadb"]
    }

    fn dialect(&self) -> &dyn Dialect {
        &MysqlDialect
    }

    fn parse_plan(&self, text: &str) -> Result<Plan, PlanError> {
        explain::parse(text)
    }

    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(MariadbSession::connect(url, options).await?))
    }

    fn launcher(&self) -> &dyn Launcher {
        &MariadbLauncher
    }

    fn limits(&self) -> &'static [&'static str] {
        &[
            "No index advice on MariaDB yet: it has no hypothetical indexes, and building and measuring \
             candidates there is not done so far.",
            "A remote MariaDB database cannot be copied into a sandbox yet: load a dump with --load.",
            "The server does not count the rows that a temporary table, a HAVING or a LIMIT lets through: \
             such nodes show the rows of their input.",
            "Plans name tables by their alias; a table inside a view keeps the alias it has there.",
            "TLS to MariaDB is used when the URL asks for it: ?ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY.",
        ]
    }
}
