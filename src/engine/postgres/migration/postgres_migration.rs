//! Where the parts come together.

use async_trait::async_trait;

use super::reader::PostgresReader;
use super::{inventory, review};
use crate::engine::migration::{
    DataReader, Destination, Inventory, Migration, Point, ReaderOptions, Translation,
};
use crate::engine::postgres::NAME;
use crate::engine::{DbError, ServerInfo, Setting};

#[derive(Debug, Clone, Copy)]
pub struct PostgresMigration;

#[async_trait]
impl Migration for PostgresMigration {
    fn family(&self) -> &'static str {
        NAME
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

    fn translate(&self, sql: &str, to: &Destination) -> Result<Translation, String> {
        match to.engine == NAME {
            true => Ok(Translation { sql: sql.to_owned(), notes: Vec::new() }),
            false => Err(format!("planwise knows no translation to {}", to.engine)),
        }
    }
}
