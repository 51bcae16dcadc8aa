//! Logical replication for the time of a rehearsal: publications and a slot on the source, a subscription on the target.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::follower_sql as sql;
use crate::engine::migration::{Followed, Follower, ReaderOptions, ToolPlan};
use crate::engine::postgres::connect::{self, Environment, Link, Target};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::session::query;
use crate::engine::{DbError, DbErrorKind};
use crate::interrupt::Interrupt;
use crate::sql::Dialect;

/// Names of everything that is created begin so.
pub const PREFIX: &str = "planwise_rehearsal_";
const PAUSE: Duration = Duration::from_millis(100);
/// A slot that is still in use is asked for so often.
const TRIES: u32 = 100;

pub struct PostgresFollower {
    source: Link,
    target: Link,
    name: String,
    started: Instant,
    first_position: String,
    /// Since when somebody waits for a lock of ours.
    waiting_since: Option<Instant>,
    followed: Followed,
}

impl PostgresFollower {
    /// Publishes every table and subscribes to it. What was created before something failed is taken away again.
    ///
    /// # Errors
    /// The source publishes nothing (`wal_level`), or a login may not do this.
    pub async fn begin(
        plan: &ToolPlan,
        options: &ReaderOptions,
    ) -> Result<PostgresFollower, DbError> {
        let environment = Environment::of_process();
        let from = Target::resolve(&plan.source_url, &environment)?;
        let to = Target::resolve(&plan.target_url, &environment)?;
        let source = connect::open(&from, options.connect_timeout).await?;
        let target = connect::open(&to, options.connect_timeout).await?;
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let name =
            format!("{PREFIX}{}_{}", std::process::id(), since.unwrap_or_default().as_secs());
        let mut follower = PostgresFollower {
            source,
            target,
            name,
            started: Instant::now(),
            first_position: String::new(),
            waiting_since: None,
            followed: Followed::default(),
        };
        match follower.create(&from, options).await {
            Ok(()) => Ok(follower),
            Err(error) => {
                let left = follower.end().await.left_behind;
                let remedy = (!left.is_empty()).then(|| format!("remove: {}", left.join("; ")));
                Err(match remedy {
                    Some(remedy) => error.with_remedy(remedy),
                    None => error,
                })
            }
        }
    }

    async fn create(&mut self, from: &Target, options: &ReaderOptions) -> Result<(), DbError> {
        let level = query::value(&self.source.client, "SHOW wal_level").await?;
        if level.as_deref() != Some("logical") {
            let message = format!("the source has wal_level = {}", level.unwrap_or_default());
            return Err(DbError::new(DbErrorKind::Unsupported, message)
                .with_remedy("ALTER SYSTEM SET wal_level = logical; and a restart of the source"));
        }
        let limit = format!(
            "SET lock_timeout = {}; SET statement_timeout = '300s'",
            options.lock_timeout.as_millis()
        );
        query::run(&self.source.client, &limit).await?;
        query::run(&self.target.client, &limit).await?;
        self.first_position = self.position().await?;
        let tables = query::rows(&self.source.client, sql::TABLES).await?;
        let (mut whole, mut inserts) = (Vec::new(), Vec::new());
        for row in tables {
            let cell = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            match cell(1) == "t" {
                true => whole.push(cell(0)),
                false => inserts.push(cell(0)),
            }
        }
        let mut publications = Vec::new();
        for (tables, suffix, kinds) in [
            (&whole, "", "insert, update, delete, truncate"),
            // Published with these, the application's own UPDATE and DELETE would fail.
            (&inserts, "_inserts", "insert, truncate"),
        ] {
            if !tables.is_empty() {
                let name = format!("{}{suffix}", self.name);
                let statement = format!(
                    "CREATE PUBLICATION {name} FOR TABLE {} WITH (publish = '{kinds}', publish_via_partition_root = true)",
                    tables.join(", ")
                );
                query::run(&self.source.client, &statement).await?;
                publications.push(name);
            }
        }
        self.followed.inserts_only = inserts;
        if publications.is_empty() {
            return Err(DbError::new(
                DbErrorKind::Unsupported,
                "the source has no table to follow",
            ));
        }
        self.started = Instant::now();
        let connection = PostgresDialect.quote_literal(&sql::connection(from));
        let statement = format!(
            "CREATE SUBSCRIPTION {} CONNECTION {connection} PUBLICATION {}",
            self.name,
            publications.join(", ")
        );
        // Its text holds a password.
        query::run(&self.target.client, &statement).await.map_err(|error| DbError {
            message: format!("the target cannot subscribe: {}", error.message),
            ..error
        })
    }

    async fn position(&self) -> Result<String, DbError> {
        let position = query::value(&self.source.client, "SELECT pg_current_wal_lsn()").await?;
        Ok(position.unwrap_or_default())
    }

    /// What the source keeps, and who waits.
    async fn look(&mut self) -> Result<(), DbError> {
        let row = query::rows(&self.source.client, &sql::pressure(&self.name)).await?;
        let row = row.into_iter().next().unwrap_or_default();
        let number = |at: usize| {
            row.get(at).cloned().flatten().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0)
        };
        self.followed.most_kept_bytes = self.followed.most_kept_bytes.max(number(0) as u64);
        match (number(1) > 0.0, self.waiting_since) {
            (true, None) => self.waiting_since = Some(Instant::now()),
            (true, Some(since)) => {
                let waited = since.elapsed().as_secs_f64();
                self.followed.others_waited_s = self.followed.others_waited_s.max(waited);
            }
            (false, _) => self.waiting_since = None,
        }
        Ok(())
    }

    async fn pause(&mut self, interrupt: &Interrupt) -> Result<(), DbError> {
        self.look().await?;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => Ok(()),
            () = interrupt.wait() => {
                Err(DbError::new(DbErrorKind::Refused, "interrupted while the target was followed"))
            }
        }
    }
}

#[async_trait]
impl Follower for PostgresFollower {
    async fn copy(&mut self, interrupt: &Interrupt) -> Result<(), DbError> {
        let mut done: Vec<(String, f64)> = Vec::new();
        loop {
            let rows = query::rows(&self.target.client, &sql::copied(&self.name)).await?;
            let mut open = rows.is_empty();
            for row in rows {
                let mut cells = row.into_iter().map(Option::unwrap_or_default);
                let (table, ready) = (cells.next().unwrap_or_default(), cells.next());
                match ready.as_deref() == Some("t") {
                    true if !done.iter().any(|(known, _)| *known == table) => {
                        done.push((table, self.started.elapsed().as_secs_f64()));
                    }
                    true => {}
                    false => open = true,
                }
            }
            if !open {
                self.followed.copied = done;
                return Ok(());
            }
            let failed = query::value(&self.target.client, &sql::failures(&self.name)).await;
            if let Ok(Some(count)) = failed
                && count != "0"
            {
                let message = "a table cannot be copied: the target's log says why (columns or types differ, or it is not empty)";
                return Err(DbError::new(DbErrorKind::Unsupported, message));
            }
            self.pause(interrupt).await?;
        }
    }

    async fn catch_up(&mut self, interrupt: &Interrupt) -> Result<(), DbError> {
        let (begun, position) = (Instant::now(), self.position().await?);
        loop {
            let confirmed = sql::confirmed(&self.name, &position);
            let received = sql::received(&self.name, &position);
            let at_source = query::value(&self.source.client, &confirmed);
            let at_target = query::value(&self.target.client, &received);
            let (a, b) = tokio::join!(at_source, at_target);
            if a?.as_deref() == Some("t") || b?.as_deref() == Some("t") {
                self.followed.caught_up_s = Some(begun.elapsed().as_secs_f64());
                return Ok(());
            }
            self.pause(interrupt).await?;
        }
    }

    async fn carry_sequences(&mut self) -> Result<(), DbError> {
        let sequences = query::rows(&self.source.client, sql::SEQUENCES).await?;
        for row in sequences {
            let Some(name) = row.into_iter().next().flatten() else { continue };
            let position = format!("SELECT last_value, is_called FROM {name}");
            let position = query::rows(&self.source.client, &position).await?;
            let Some([Some(value), Some(called)]) =
                position.into_iter().next().and_then(|row| <[_; 2]>::try_from(row).ok())
            else {
                continue;
            };
            let literal = PostgresDialect.quote_literal(&name);
            let set = format!("SELECT setval({literal}, {value}, {})", called == "t");
            query::run(&self.target.client, &set).await?;
            self.followed.sequences += 1;
        }
        Ok(())
    }

    async fn end(&mut self) -> Followed {
        let name = &self.name;
        let (source, target) = (&self.source.client, &self.target.client);
        if let Ok(Some(bytes)) = query::value(source, &sql::written(&self.first_position)).await {
            self.followed.log_bytes = bytes.parse::<f64>().map_or(0, |bytes| bytes as u64);
        }
        if query::run(target, &format!("DROP SUBSCRIPTION IF EXISTS {name}")).await.is_err() {
            // The source cannot be reached from there: the slot is taken away on its own.
            for statement in [
                format!("ALTER SUBSCRIPTION {name} DISABLE"),
                format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            ] {
                let _ = query::run(target, &statement).await;
            }
            let dropped = format!("DROP SUBSCRIPTION IF EXISTS {name}");
            if query::run(target, &dropped).await.is_err() {
                self.followed.left_behind.push(format!("on the target: {dropped}"));
            }
        }
        for _ in 0..TRIES {
            let left = query::value(source, &sql::slots(name)).await;
            if !matches!(left, Ok(Some(ref count)) if count != "0") {
                break;
            }
            let _ = query::run(source, &sql::drop_slots(name)).await;
            tokio::time::sleep(PAUSE).await;
        }
        for suffix in ["", "_inserts"] {
            let statement = format!("DROP PUBLICATION IF EXISTS {name}{suffix}");
            if query::run(source, &statement).await.is_err() {
                self.followed.left_behind.push(format!("on the source: {statement}"));
            }
        }
        match query::value(source, &sql::slots(name)).await {
            Ok(Some(count)) if count == "0" => {}
            _ => self.followed.left_behind.push(format!(
                "on the source: SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE '{name}%'"
            )),
        }
        std::mem::take(&mut self.followed)
    }
}
