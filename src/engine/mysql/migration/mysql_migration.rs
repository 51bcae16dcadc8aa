//! Where the parts come together.

use async_trait::async_trait;

use super::reader::MysqlReader;
use super::{inventory, tools};
use crate::engine::crossing;
use crate::engine::migration::{
    DataReader, DatabaseShape, Destination, Inventory, Migration, Point, Precondition,
    ReaderOptions, Route, ToolPlan, ToolStep, Translation,
};
use crate::engine::{DbError, DbErrorKind, ServerInfo, Setting};

/// Both servers of the family.
#[derive(Debug, Clone, Copy)]
pub struct MysqlMigration;

#[async_trait]
impl Migration for MysqlMigration {
    fn family(&self) -> &'static str {
        "mysql"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.sql")
    }

    async fn reader(
        &self,
        url: &str,
        options: &ReaderOptions,
    ) -> Result<Box<dyn DataReader>, DbError> {
        Ok(Box::new(MysqlReader::open(url, options).await?))
    }

    async fn inventory(
        &self,
        url: &str,
        options: &ReaderOptions,
        counts: bool,
    ) -> Result<Inventory, DbError> {
        let mut reader = MysqlReader::open(url, options).await?;
        inventory::read(&mut reader, counts).await
    }

    fn review(
        &self,
        server: &ServerInfo,
        settings: &[Setting],
        inventory: &Inventory,
        to: &Destination,
    ) -> Option<Vec<Point>> {
        crossing::review(server, settings, inventory, to)
    }

    async fn preconditions(
        &self,
        url: &str,
        options: &ReaderOptions,
        route: Route,
    ) -> Result<Vec<Precondition>, DbError> {
        let mut reader = MysqlReader::open(url, options).await?;
        tools::preconditions(&mut reader, route).await
    }

    fn steps(&self, plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
        match plan.route {
            Route::Dump => tools::dump_steps(plan),
            Route::Loader => tools::loader_steps(plan),
            Route::Replication | Route::OnlineChange => Err(DbError::new(
                DbErrorKind::Unsupported,
                "planwise drives no tool that takes this route from MySQL or MariaDB",
            )
            .with_remedy("--route dump and loader are rehearsed; the preconditions of the others are checked")),
        }
    }

    fn review_query(
        &self,
        id: &str,
        sql: &str,
        from: (&ServerInfo, &DatabaseShape),
        to: &Destination,
    ) -> Vec<Point> {
        crossing::review_query(id, sql, from, to)
    }

    fn translate(&self, sql: &str, to: &Destination) -> Result<Translation, String> {
        crossing::translate(sql, to)
    }
}
