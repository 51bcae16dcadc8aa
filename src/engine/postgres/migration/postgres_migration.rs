//! Where the parts come together.

use async_trait::async_trait;

use super::follower::PostgresFollower;
use super::reader::PostgresReader;
use super::{follow_steps, inventory, review, tools};
use crate::engine::migration::{
    DataReader, Destination, Follower, Inventory, Migration, Point, Precondition, ReaderOptions,
    Route, ToolPlan, ToolStep, Translation,
};
use crate::engine::postgres::NAME;
use crate::engine::{DbError, DbErrorKind, ServerInfo, Setting};

#[derive(Debug, Clone, Copy)]
pub struct PostgresMigration;

#[async_trait]
impl Migration for PostgresMigration {
    fn family(&self) -> &'static str {
        NAME
    }

    fn release(&self, version: [u32; 2]) -> String {
        version[0].to_string()
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.sql")
    }

    async fn reader(
        &self,
        url: &str,
        options: &ReaderOptions,
    ) -> Result<Box<dyn DataReader>, DbError> {
        Ok(Box::new(PostgresReader::open(url, options).await?))
    }

    async fn inventory(
        &self,
        url: &str,
        options: &ReaderOptions,
        _counts: bool,
    ) -> Result<Inventory, DbError> {
        let mut reader = PostgresReader::open(url, options).await?;
        inventory::read(&mut reader).await
    }

    fn review(
        &self,
        server: &ServerInfo,
        settings: &[Setting],
        inventory: &Inventory,
        to: &Destination,
    ) -> Option<Vec<Point>> {
        (to.engine == NAME).then(|| review::upgrade(server, settings, inventory, to))
    }

    async fn preconditions(
        &self,
        url: &str,
        options: &ReaderOptions,
        route: Route,
    ) -> Result<Vec<Precondition>, DbError> {
        let reader = PostgresReader::open(url, options).await?;
        tools::preconditions(&reader, route).await
    }

    fn steps(&self, plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
        match plan.route {
            Route::Dump => tools::dump_steps(plan),
            Route::Replication => follow_steps::steps(plan),
            _ => Err(DbError::new(
                DbErrorKind::Unsupported,
                "planwise drives no tool that takes this route from PostgreSQL",
            )
            .with_remedy("--route dump is rehearsed; the preconditions of the others are checked")),
        }
    }

    async fn follow(
        &self,
        plan: &ToolPlan,
        options: &ReaderOptions,
    ) -> Result<Box<dyn Follower>, DbError> {
        Ok(Box::new(PostgresFollower::begin(plan, options).await?))
    }

    fn translate(&self, sql: &str, to: &Destination) -> Result<Translation, String> {
        match to.engine == NAME {
            true => Ok(Translation { sql: sql.to_owned(), notes: Vec::new() }),
            false => Err(format!("planwise knows no translation to {}", to.engine)),
        }
    }
}
