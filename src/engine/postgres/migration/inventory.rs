//! What a PostgreSQL server holds beside tables and indexes.

use super::inventory_sql::{JOBS, STATEMENTS, TRANSACTIONS, questions};
use super::reader::PostgresReader;
use super::shape;
use crate::engine::migration::{Inventory, InventoryObject};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::session::query::{json_rows, value};
use crate::engine::{DbError, DbErrorKind};
use crate::sql::Dialect;

pub async fn read(reader: &mut PostgresReader) -> Result<Inventory, DbError> {
    let mut inventory =
        Inventory { shape: shape::read(reader, &[]).await?, ..Inventory::default() };
    let client = &reader.link.client;
    for question in questions(reader.major) {
        match json_rows::<InventoryObject>(client, &question.sql).await {
            Ok(objects) => inventory.objects.extend(objects),
            Err(error) if error.ends_session() => return Err(error),
            Err(error) if error.kind == DbErrorKind::Permission => {
                inventory.hidden.push((question.what.to_owned(), question.right.to_owned()));
            }
            Err(error) => {
                let message = format!("{}: {}", question.what, error.message);
                return Err(DbError { message, ..error });
            }
        }
    }
    jobs(reader, &mut inventory).await?;
    statements(reader, &mut inventory).await?;
    inventory.transactions = json_rows(client, TRANSACTIONS).await?;
    let monitor = value(client, "SELECT pg_has_role('pg_monitor', 'USAGE')::text").await?;
    if monitor.as_deref() != Some("true") {
        let what = "statements and transactions of other logins".to_owned();
        inventory.hidden.push((what, "the role pg_monitor (or pg_read_all_stats)".to_owned()));
    }
    for table in inventory.shape.unreadable.clone() {
        let what = format!("rows of {}.{}", table.schema, table.name);
        inventory.hidden.push((what, "SELECT on the table and USAGE on its schema".to_owned()));
    }
    Ok(inventory)
}

async fn jobs(reader: &PostgresReader, inventory: &mut Inventory) -> Result<(), DbError> {
    let client = &reader.link.client;
    let installed = value(client, "SELECT to_regclass('cron.job')::text").await?;
    if installed.is_none() {
        return Ok(());
    }
    match json_rows::<InventoryObject>(client, JOBS).await {
        Ok(jobs) => inventory.objects.extend(jobs),
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => {
            let right = "SELECT on cron.job".to_owned();
            inventory.hidden.push(("jobs of pg_cron".to_owned(), right));
        }
    }
    Ok(())
}

async fn statements(reader: &PostgresReader, inventory: &mut Inventory) -> Result<(), DbError> {
    let client = &reader.link.client;
    let schema = value(
        client,
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
    )
    .await?;
    let Some(schema) = schema else {
        inventory.hidden.push((
            "top statements".to_owned(),
            "the extension pg_stat_statements, preloaded and created in this database".to_owned(),
        ));
        return Ok(());
    };
    let sql = STATEMENTS.replace("{schema}", &PostgresDialect.quote_identifier(&schema));
    match json_rows(client, &sql).await {
        Ok(statements) => inventory.statements = statements,
        Err(error) if error.ends_session() => return Err(error),
        Err(error) => inventory.hidden.push(("top statements".to_owned(), error.message)),
    }
    Ok(())
}
