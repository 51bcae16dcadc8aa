//! One read-only connection to a PostgreSQL server, set up so that every server prints alike.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::SimpleQueryMessage;

use super::{bucketing, canonical, shape};
use crate::engine::migration::{
    BucketSum, Buckets, DataReader, DatabaseShape, ForeignKeyShape, OrphanQuestions, Orphans, Part,
    Pressure, ReaderOptions, RowStream, Slice,
};
use crate::engine::postgres::connect::{self, Environment, Link, Target};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::failure;
use crate::engine::postgres::session::query;
use crate::engine::{DbError, DbErrorKind, TableName};
use crate::sql::Dialect;

pub struct PostgresReader {
    pub(super) link: Link,
    pub(super) major: u32,
}

/// What both sides print by.
const PINNED: [(&str, &str); 12] = [
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("client_encoding", "UTF8"),
    ("jit", "off"),
    ("default_transaction_read_only", "on"),
    ("search_path", "pg_catalog"),
    ("row_security", "off"),
    ("synchronize_seqscans", "on"),
    ("lc_monetary", "C"),
];

impl PostgresReader {
    pub async fn open(url: &str, options: &ReaderOptions) -> Result<PostgresReader, DbError> {
        let target = Target::resolve(url, &Environment::of_process())?;
        let link = connect::open(&target, options.connect_timeout).await?;
        let milliseconds = |limit: Duration| limit.as_millis().to_string();
        let limits = [
            ("statement_timeout", milliseconds(options.statement_timeout)),
            ("lock_timeout", milliseconds(options.lock_timeout)),
            ("idle_in_transaction_session_timeout", "600000".to_owned()),
            (canonical::ZONE, options.zone.clone().unwrap_or_else(|| "UTC".to_owned())),
        ];
        let pinned = PINNED.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let calls: Vec<String> = pinned
            .chain(limits)
            .map(|(name, value)| {
                let quote = |text: &str| PostgresDialect.quote_literal(text);
                format!("pg_catalog.set_config({}, {}, false)", quote(name), quote(&value))
            })
            .collect();
        query::run(&link.client, &format!("SELECT {}", calls.join(", "))).await?;
        let number = query::value(&link.client, "SHOW server_version_num").await?;
        let number: u32 = number.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(PostgresReader { link, major: number / 10_000 })
    }

    /// Foreign keys and slices speak of a table without those that inherit from it; of a partitioned one there is
    /// nothing else.
    async fn only(&self, table: &TableName) -> Result<&'static str, DbError> {
        let literal = |text: &str| PostgresDialect.quote_literal(text);
        let sql = format!(
            "SELECT c.relkind = 'p' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {}",
            literal(&table.schema),
            literal(&table.name)
        );
        let partitioned = query::value(&self.link.client, &sql).await?;
        Ok(if partitioned.as_deref() == Some("t") { "" } else { "ONLY " })
    }

    pub(super) async fn ask(&self, sql: &str) -> Result<Vec<query::TextRow>, DbError> {
        query::rows(&self.link.client, sql).await
    }
}

#[async_trait]
impl DataReader for PostgresReader {
    async fn shape(&mut self, schemas: &[String]) -> Result<DatabaseShape, DbError> {
        shape::read(self, schemas).await
    }

    fn own_hashings(&self) -> Vec<&'static str> {
        match self.major >= 14 {
            true => vec![bucketing::RECORD, bucketing::ROW_TEXT],
            false => vec![bucketing::ROW_TEXT],
        }
    }

    async fn open_view(&mut self, shared: Option<&str>) -> Result<Option<String>, DbError> {
        let client = &self.link.client;
        query::run(client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        match shared {
            Some(shared) => {
                let shared = PostgresDialect.quote_literal(shared);
                query::run(client, &format!("SET TRANSACTION SNAPSHOT {shared}")).await?;
                Ok(None)
            }
            // A replica cannot export what it sees, and others then see nearly the same.
            None => Ok(query::value(
                client,
                "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_export_snapshot() END",
            )
            .await?),
        }
    }

    async fn close_view(&mut self) -> Result<(), DbError> {
        query::run(&self.link.client, "ROLLBACK").await
    }

    async fn bounds(
        &mut self,
        slice: &Slice,
        column: usize,
    ) -> Result<Option<(i128, i128)>, DbError> {
        let name = PostgresDialect.quote_identifier(&slice.columns[column].name);
        let filter = slice.filter.as_ref().map_or(String::new(), |f| format!(" WHERE ({f})"));
        let sql =
            format!("SELECT min({name}), max({name}) FROM {}{filter}", bucketing::table(slice));
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
        let sql = bucketing::checksums(slice, part, buckets);
        self.ask(&sql).await?.into_iter().map(bucket_sum).collect()
    }

    async fn rows<'a>(
        &'a mut self,
        slice: &'a Slice,
        part: &'a Part,
    ) -> Result<RowStream<'a>, DbError> {
        let sql = bucketing::rows(slice, part);
        let failed = |error: tokio_postgres::Error| failure::of_statement(&error);
        let stream = self.link.client.simple_query_raw(&sql).await.map_err(failed)?;
        let rows = stream.map_err(failed).try_filter_map(|message| async move {
            Ok(match message {
                SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|at| row.try_get(at).ok().flatten().map(str::to_owned))
                        .collect(),
                ),
                _ => None,
            })
        });
        Ok(rows.boxed())
    }

    async fn write_mark(&mut self) -> Result<String, DbError> {
        // The next number that a writing transaction is given; on a replica, how far it has come.
        let sql = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text || \
                   coalesce(' ' || CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END::text, '')";
        Ok(query::value(&self.link.client, sql).await?.unwrap_or_default())
    }

    async fn pressure(&mut self) -> Result<Pressure, DbError> {
        let sql = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' \
                    AND application_name <> 'planwise'), \
                   CASE WHEN pg_is_in_recovery() THEN CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 \
                    ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END \
                   ELSE (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication) END";
        let row = self.ask(sql).await?.into_iter().next().unwrap_or_default();
        let number = |at: usize| row.get(at).cloned().flatten()?.parse::<f64>().ok();
        Ok(Pressure { running: number(0).unwrap_or(0.0) as u32, lag_s: number(1) })
    }

    async fn orphans(
        &mut self,
        table: &TableName,
        key: &ForeignKeyShape,
    ) -> Result<Orphans, DbError> {
        let only = (self.only(table).await?, self.only(&key.parent).await?);
        let as_text = |column| format!("{column}::text");
        let questions = OrphanQuestions::of(&PostgresDialect, table, key, as_text, only);
        let count = self.ask(&questions.count).await?;
        let count = count.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        let count = count.and_then(|text| text.parse().ok()).unwrap_or(0);
        if count == 0 {
            return Ok(Orphans::default());
        }
        let examples = self.ask(&questions.examples).await?;
        let examples = examples.into_iter().filter_map(|row| row.into_iter().next().flatten());
        Ok(Orphans { count, examples: examples.collect() })
    }

    async fn large_objects(&mut self) -> Result<Option<(u64, String)>, DbError> {
        let count = self.ask("SELECT count(*) FROM pg_largeobject_metadata").await?;
        let count = count.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        let count: u64 = count.and_then(|text| text.parse().ok()).unwrap_or(0);
        if count == 0 {
            return Ok(Some((0, "0".to_owned())));
        }
        let sql = "SELECT coalesce(sum(hashtextextended(oid || ':' || encode(sha256(lo_get(oid)), 'hex') COLLATE \"C\", 0)), 0) \
                   FROM pg_largeobject_metadata";
        let digest = query::value(&self.link.client, sql).await?.unwrap_or_default();
        Ok(Some((count, digest)))
    }

    fn quoted(&self, name: &str) -> String {
        PostgresDialect.quote_identifier(name)
    }
}

fn bucket_sum(row: query::TextRow) -> Result<BucketSum, DbError> {
    let number =
        |at: usize| row.get(at).cloned().flatten().and_then(|text| text.parse::<i128>().ok());
    let read = || {
        Some(BucketSum {
            bucket: i64::try_from(number(0)?).ok()?,
            rows: u64::try_from(number(1)?).ok()?,
            sum: number(2)?,
            doubtful: u64::try_from(number(3)?).ok()?,
        })
    };
    read().ok_or_else(|| {
        DbError::new(
            DbErrorKind::Unsupported,
            format!("a checksum of an unknown form came: {row:?}"),
        )
    })
}
