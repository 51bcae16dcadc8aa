//! Where the parts come together.

use async_trait::async_trait;

use super::inventory;
use super::reader::MysqlReader;
use crate::engine::crossing;
use crate::engine::migration::{
    DataReader, Destination, Inventory, Migration, Point, ReaderOptions, Translation,
};
use crate::engine::{DbError, ServerInfo, Setting};

/// Both servers of the family.
#[derive(Debug, Clone, Copy)]
pub struct MysqlMigration;

#[async_trait]
impl Migration for MysqlMigration {
    fn family(&self) -> &'static str {
        "mysql"
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

    fn review_query(&self, id: &str, sql: &str, to: &Destination) -> Vec<Point> {
        crossing::review_query(id, sql, to)
    }

    fn translate(&self, sql: &str, to: &Destination) -> Result<Translation, String> {
        crossing::translate(sql, to)
    }
}
