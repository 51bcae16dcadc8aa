//! MySQL as an [`Engine`]: where its parts come together.

use async_trait::async_trait;

use super::dialect::MysqlDialect;
use super::explain;
use super::family::MYSQL;
use super::mysql_launcher::MysqlLauncher;
use super::session::MariadbSession;
use crate::engine::{DbError, Engine, Launcher, Session, SessionOptions};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mysql;

#[async_trait]
impl Engine for Mysql {
    fn name(&self) -> &'static str {
        MYSQL
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["mysql"]
    }

    fn dialect(&self) -> &dyn Dialect {
        &MysqlDialect
    }

    fn parse_plan(&self, text: &str) -> Result<Plan, PlanError> {
        explain::parse_mysql(text)
    }

    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(MariadbSession::connect(url, options).await?))
    }

    fn launcher(&self) -> &dyn Launcher {
        &MysqlLauncher
    }

    fn limits(&self) -> &'static [&'static str] {
        &[
            "No index advice on MySQL yet: it has no hypothetical indexes, and building and measuring \
             candidates there is not done so far.",
            "A remote MySQL database cannot be copied into a sandbox yet: load a dump with --load.",
            "The server's own time limit holds for SELECT alone: a write that runs too long is ended by planwise.",
            "The measured plan of an UPDATE, INSERT or DELETE of one table does not exist: it is estimated.",
            "TLS to MySQL is used when the URL asks for it: ?ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY.",
        ]
    }
}
