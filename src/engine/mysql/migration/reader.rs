//! One read-only connection to a server of the family, set up so that every server prints alike.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, Value};

use super::{shape, statements};
use crate::engine::migration::{
    BucketSum, Buckets, DataReader, DatabaseShape, ForeignKeyShape, OrphanQuestions, Orphans, Part,
    Pressure, ReaderOptions, RowStream, Slice, TextRow,
};
use crate::engine::mysql::connect::{Environment, Target};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::failure;
use crate::engine::mysql::session::rows;
use crate::engine::{DbError, DbErrorKind, TableName};
use crate::sql::Dialect;

pub struct MysqlReader {
    pub(super) conn: Conn,
    pub(super) mariadb: bool,
    /// `[major, minor]`.
    pub(super) version: [u32; 2],
}

/// What both sides print by. Without a mode dates that do not exist can be read.
const PINNED: [&str; 5] = [
    "SET NAMES utf8mb4",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION sql_mode = ''",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
];

impl MysqlReader {
    pub async fn open(url: &str, options: &ReaderOptions) -> Result<MysqlReader, DbError> {
        let target = Target::resolve(url, &Environment::of_process())?;
        let connecting = Conn::new(target.options.clone());
        let connected = tokio::time::timeout(options.connect_timeout, connecting).await;
        let mut conn = match connected {
            Ok(connected) => {
                connected.map_err(|error| failure::of_connecting(error, &target.address))?
            }
            Err(_) => {
                let message = format!(
                    "{} does not answer within {:?}",
                    target.address, options.connect_timeout
                );
                return Err(DbError::new(DbErrorKind::Unreachable, message));
            }
        };
        let text = rows::one(&mut conn, "SELECT VERSION()").await?.unwrap_or_default();
        let mariadb = text.contains("MariaDB");
        let mut numbers = text.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
        let version = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
        for statement in PINNED {
            rows::run(&mut conn, statement).await?;
        }
        rows::run(&mut conn, &limit(mariadb, options.statement_timeout)).await?;
        let seconds = options.lock_timeout.as_secs().max(1);
        rows::run(&mut conn, &format!("SET SESSION lock_wait_timeout = {seconds}")).await?;
        if !mariadb && version[0] >= 8 {
            rows::run(&mut conn, "SET SESSION information_schema_stats_expiry = 0").await?;
        }
        Ok(MysqlReader { conn, mariadb, version })
    }

    pub(super) async fn ask(&mut self, sql: &str) -> Result<Vec<TextRow>, DbError> {
        rows::all(&mut self.conn, sql).await
    }
}

fn limit(mariadb: bool, timeout: Duration) -> String {
    match mariadb {
        true => format!("SET SESSION max_statement_time = {}", timeout.as_secs_f64()),
        false => format!("SET SESSION max_execution_time = {}", timeout.as_millis()),
    }
}

#[async_trait]
impl DataReader for MysqlReader {
    async fn shape(&mut self, schemas: &[String]) -> Result<DatabaseShape, DbError> {
        shape::read(self, schemas).await
    }

    fn own_hashings(&self) -> Vec<&'static str> {
        Vec::new()
    }

    async fn open_view(&mut self, _shared: Option<&str>) -> Result<Option<String>, DbError> {
        rows::run(&mut self.conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
        Ok(None)
    }

    async fn close_view(&mut self) -> Result<(), DbError> {
        rows::run(&mut self.conn, "ROLLBACK").await
    }

    async fn bounds(
        &mut self,
        slice: &Slice,
        column: usize,
    ) -> Result<Option<(i128, i128)>, DbError> {
        let name = MysqlDialect.quote_identifier(&slice.columns[column].name);
        let filter = slice.filter.as_ref().map_or(String::new(), |f| format!(" WHERE ({f})"));
        let sql =
            format!("SELECT min({name}), max({name}) FROM {}{filter}", statements::table(slice));
        let row = self.ask(&sql).await?.into_iter().next().unwrap_or_default();
        let number = |at: usize| row.get(at).cloned().flatten()?.parse::<i128>().ok();
        Ok(number(0).zip(number(1)))
    }

    async fn checksums(
        &mut self,
        slice: &Slice,
        part: &Part,
        buckets: Buckets,
    ) -> Result<Vec<BucketSum>, DbError> {
        let sql = statements::checksums(slice, part, buckets);
        self.ask(&sql).await?.into_iter().map(bucket_sum).collect()
    }

    async fn rows<'a>(
        &'a mut self,
        slice: &'a Slice,
        part: &'a Part,
    ) -> Result<RowStream<'a>, DbError> {
        let sql = statements::rows(slice, part);
        // The binary protocol: floating point arrives as it is stored.
        let stream = self.conn.exec_stream::<Row, _, _>(sql, ()).await;
        let stream = stream.map_err(failure::of_statement)?;
        let rows = stream
            .map_err(failure::of_statement)
            .map_ok(|row| row.unwrap().into_iter().map(text).collect());
        Ok(rows.boxed())
    }

    async fn write_mark(&mut self) -> Result<String, DbError> {
        let sql = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_updated', \
                   'Innodb_rows_deleted', 'Com_insert', 'Com_insert_select', 'Com_update', 'Com_update_multi', \
                   'Com_delete', 'Com_delete_multi', 'Com_replace', 'Com_replace_select', 'Com_load', 'Com_truncate')";
        let rows = self.ask(sql).await?;
        let values = rows.into_iter().filter_map(|row| row.into_iter().nth(1).flatten());
        Ok(values.collect::<Vec<_>>().join(" "))
    }

    async fn commit_mark(&mut self) -> Result<String, DbError> {
        let sql = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_commit', 'Com_commit', 'Com_xa_commit')";
        let rows = self.ask(sql).await?;
        let values = rows.into_iter().filter_map(|row| row.into_iter().nth(1).flatten());
        let commits = values.collect::<Vec<_>>().join(" ");
        Ok(format!("{commits} {}", self.write_mark().await?))
    }

    async fn pressure(&mut self) -> Result<Pressure, DbError> {
        let rows = self.ask("SHOW GLOBAL STATUS LIKE 'Threads_running'").await?;
        let running = rows.into_iter().next().and_then(|row| row.into_iter().nth(1).flatten());
        let running = running.and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
        Ok(Pressure { running: running.saturating_sub(1), lag_s: self.lag().await })
    }

    async fn orphans(
        &mut self,
        table: &TableName,
        key: &ForeignKeyShape,
    ) -> Result<Orphans, DbError> {
        let questions = OrphanQuestions::of(&MysqlDialect, table, key, |column| column, ("", ""));
        let count = rows::one(&mut self.conn, &questions.count).await?;
        let count = count.and_then(|text| text.parse().ok()).unwrap_or(0);
        if count == 0 {
            return Ok(Orphans::default());
        }
        let examples = self.ask(&questions.examples).await?;
        let examples = examples.into_iter().filter_map(|row| row.into_iter().next().flatten());
        Ok(Orphans { count, examples: examples.collect() })
    }

    fn quoted(&self, name: &str) -> String {
        MysqlDialect.quote_identifier(name)
    }
}

impl MysqlReader {
    /// Behind its own source, where it is a replica and this login may ask.
    async fn lag(&mut self) -> Option<f64> {
        let verb = if self.mariadb || self.version < [8, 0] { "SLAVE" } else { "REPLICA" };
        let rows: Vec<Row> = self.conn.query(format!("SHOW {verb} STATUS")).await.ok()?;
        let row = rows.into_iter().next()?;
        let place = row.columns_ref().iter().position(|column| {
            matches!(&*column.name_str(), "Seconds_Behind_Master" | "Seconds_Behind_Source")
        })?;
        text(row.unwrap().into_iter().nth(place)?)?.parse().ok()
    }
}

/// Numbers in digits that read back as the same number.
fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Double(number) => Some(format!("{number:?}")),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

fn bucket_sum(row: TextRow) -> Result<BucketSum, DbError> {
    let number =
        |at: usize| row.get(at).cloned().flatten().and_then(|text| text.parse::<i128>().ok());
    let read = || {
        Some(BucketSum {
            bucket: i64::try_from(number(0)?).ok()?,
            rows: u64::try_from(number(1)?).ok()?,
            sum: number(2)? % statements::LOST,
            // A row without a hash has to be looked at.
            doubtful: u64::try_from(number(3)? + number(2)? / statements::LOST).ok()?,
        })
    };
    read().ok_or_else(|| {
        let message = format!("a checksum of an unknown form came: {row:?}");
        DbError::new(DbErrorKind::Unsupported, message)
    })
}
