//! Foreign keys: made without a look at rows, of which there are none, and then believed. The look takes the server several
//! times as long as all the rest of a key.

use super::literal;
use super::restore::Work;
use super::schema::step;
use super::steps::{Step, carry_out};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, SchemaObject};

/// How the server writes that rows of before were never looked at.
const UNCHECKED: &str = " NOT VALID";

impl Work<'_> {
    /// Returns those that have to be made as they are written. One after the other: each locks two tables.
    pub(super) async fn foreign_keys(&self) -> Result<Vec<Step>, DbError> {
        let (as_written, quick): (Vec<_>, Vec<_>) = self.keys().partition(|key| is_unchecked(key));
        let unchecked = |key: &&SchemaObject| {
            let Step { what, statement, .. } = step(key);
            Step::new(what, statement + UNCHECKED)
        };
        // Keys of partitioned tables cannot be made so.
        let failed = carry_out(self.owner, quick.iter().map(unchecked).collect()).await?;
        let failed = failed.into_iter().map(|(Step { what, statement, .. }, _)| {
            let written = statement.strip_suffix(UNCHECKED).unwrap_or(&statement);
            Step::new(what, written)
        });
        Ok(as_written.into_iter().map(step).chain(failed).collect())
    }

    /// By the superuser, for all keys but those that are unchecked on the source too.
    pub(super) async fn believe_keys(&self) -> Result<(), DbError> {
        let unchecked = self.keys().filter(|key| is_unchecked(key));
        let unchecked: Vec<String> = unchecked.map(|key| literal(&key.name)).collect();
        let sql = format!(
            "UPDATE pg_catalog.pg_constraint k SET convalidated = true \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = k.conrelid AND k.contype = 'f' AND NOT k.convalidated \
                   AND pg_catalog.format('%I.%I: %I', n.nspname, c.relname, k.conname) <> ALL (ARRAY[{}]::text[])",
            unchecked.join(", ")
        );
        query::run(self.superuser, &sql).await
    }

    fn keys(&self) -> impl Iterator<Item = &SchemaObject> {
        self.state.objects.iter().filter(|object| object.kind == "foreign key")
    }
}

fn is_unchecked(key: &SchemaObject) -> bool {
    key.statement.ends_with(UNCHECKED)
}
