//! PostgreSQL as an [`Engine`]: where its parts come together.

use async_trait::async_trait;

use super::dialect::PostgresDialect;
use super::index_grammar::PostgresIndexes;
use super::launcher::PostgresLauncher;
use super::migration::PostgresMigration;
use super::session::PostgresSession;
use super::snapshot::PostgresStates;
use super::{NAME, carried, dump, explain, layout_grammar, looks, setting_grammar};
use crate::engine::migration::Migration;
use crate::engine::{
    CarriedSettings, DbError, Dump, DumpOptions, Engine, FullerExplain, IndexGrammar, Launcher,
    LayoutGrammar, Look, PlannerStates, Session, SessionOptions, Setting, SettingGrammar,
};
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

    fn fuller_explain(&self, plan: &Plan, sql: Option<&str>) -> Option<FullerExplain> {
        explain::fuller(plan, sql)
    }

    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(PostgresSession::connect(url, options).await?))
    }

    async fn dump(&self, url: &str, options: &DumpOptions) -> Result<Dump, DbError> {
        dump::dump(url, options).await
    }

    fn launcher(&self) -> &dyn Launcher {
        &PostgresLauncher
    }

    fn index_grammar(&self) -> Option<&dyn IndexGrammar> {
        Some(&PostgresIndexes)
    }

    fn setting_grammar(&self) -> Option<&dyn SettingGrammar> {
        Some(&setting_grammar::SETTINGS)
    }

    fn layout_grammar(&self) -> Option<&dyn LayoutGrammar> {
        Some(&layout_grammar::PostgresLayout)
    }

    fn search_path(&self, schemas: &str) -> Option<(String, String)> {
        Some(("search_path".to_owned(), schemas.to_owned()))
    }

    fn carried_settings(&self, settings: &[Setting], memory: Option<u64>) -> CarriedSettings {
        carried::carried(settings, memory)
    }

    fn planner_states(&self) -> Option<&'static dyn PlannerStates> {
        Some(&PostgresStates)
    }

    fn migration(&self) -> Option<&'static dyn Migration> {
        Some(&PostgresMigration)
    }

    fn looks(&self, version: [u32; 2]) -> Vec<Look> {
        looks::of(version)
    }

    fn limits(&self) -> &'static [&'static str] {
        &[]
    }
}
