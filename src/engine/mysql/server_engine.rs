//! Each family of servers as an [`Engine`]: where its parts come together.

use async_trait::async_trait;

use super::dialect::MysqlDialect;
use super::dump;
use super::explain;
use super::family::Family;
use super::index_grammar::{MARIADB_INDEXES, MYSQL_INDEXES};
use super::launcher::ServerLauncher;
use super::layout_grammar::MysqlLayout;
use super::looks;
use super::migration::MysqlMigration;
use super::session::MysqlSession;
use super::setting_grammar::{MARIADB_SETTINGS, MYSQL_SETTINGS};
use super::snapshot::ServerStates;
use super::statistics;
use crate::engine::migration::Migration;
use crate::engine::{
    CarriedStatistics, DbError, Dump, DumpOptions, Engine, IndexGrammar, Launcher, LayoutGrammar,
    Look, PlannerStates, Session, SessionOptions, SettingGrammar,
};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

/// The engine of a family. A session finds out by itself which server it is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerEngine(Family);

pub const MARIADB: ServerEngine = ServerEngine(Family::Mariadb);
pub const MYSQL: ServerEngine = ServerEngine(Family::Mysql);

const MARIADB_LAUNCHER: ServerLauncher = ServerLauncher(Family::Mariadb);
const MYSQL_LAUNCHER: ServerLauncher = ServerLauncher(Family::Mysql);

#[async_trait]
impl Engine for ServerEngine {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn schemes(&self) -> &'static [&'static str] {
        match self.0 {
            Family::Mariadb => &["mariadb"],
            Family::Mysql => &["mysql"],
        }
    }

    fn dialect(&self) -> &dyn Dialect {
        &MysqlDialect
    }

    fn parse_plan(&self, text: &str) -> Result<Plan, PlanError> {
        match self.0 {
            Family::Mariadb => explain::parse(text),
            Family::Mysql => explain::parse_mysql(text),
        }
    }

    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(MysqlSession::connect(url, options).await?))
    }

    async fn dump(&self, url: &str, options: &DumpOptions) -> Result<Dump, DbError> {
        dump::dump(url, options).await
    }

    async fn carry_statistics(
        &self,
        source: &str,
        copy: &str,
    ) -> Result<Option<CarriedStatistics>, DbError> {
        statistics::carry(source, copy).await.map(Some)
    }

    fn launcher(&self) -> &dyn Launcher {
        match self.0 {
            Family::Mariadb => &MARIADB_LAUNCHER,
            Family::Mysql => &MYSQL_LAUNCHER,
        }
    }

    fn index_grammar(&self) -> Option<&dyn IndexGrammar> {
        match self.0 {
            Family::Mariadb => Some(&MARIADB_INDEXES),
            Family::Mysql => Some(&MYSQL_INDEXES),
        }
    }

    fn layout_grammar(&self) -> Option<&dyn LayoutGrammar> {
        Some(&MysqlLayout)
    }

    fn planner_states(&self) -> Option<&'static dyn PlannerStates> {
        match self.0 {
            Family::Mariadb => Some(&ServerStates(Family::Mariadb)),
            Family::Mysql => Some(&ServerStates(Family::Mysql)),
        }
    }

    fn setting_grammar(&self) -> Option<&dyn SettingGrammar> {
        match self.0 {
            Family::Mariadb => Some(&MARIADB_SETTINGS),
            Family::Mysql => Some(&MYSQL_SETTINGS),
        }
    }

    fn migration(&self) -> Option<&'static dyn Migration> {
        Some(&MysqlMigration)
    }

    fn looks(&self, version: [u32; 2]) -> Vec<Look> {
        looks::of(self.0, version)
    }

    fn limits(&self) -> &'static [&'static str] {
        match self.0 {
            Family::Mariadb => &[
                "MariaDB has no hypothetical indexes: indexes are priced by building them on a throwaway copy \
                 (--sandbox, or tune), never on the database itself.",
                "The server does not count the rows that a temporary table, a HAVING or a LIMIT lets through: \
                 such nodes show the rows of their input.",
                "Plans name tables by their alias; a table inside a view keeps the alias it has there.",
                "TLS to MariaDB is used when the URL asks for it: ?ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY.",
            ],
            Family::Mysql => &[
                "MySQL has no hypothetical indexes: indexes are priced by building them on a throwaway copy \
                 (--sandbox, or tune), never on the database itself.",
                "The server's own time limit holds for SELECT alone: a write that runs too long is ended by planwise.",
                "The measured plan of an UPDATE, INSERT or DELETE of one table does not exist: it is estimated.",
                "TLS to MySQL is used when the URL asks for it: ?ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY.",
            ],
        }
    }
}
