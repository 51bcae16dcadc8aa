//! What an engine knows about being moved from and to.

use async_trait::async_trait;

use super::{
    DataReader, DatabaseShape, Destination, Follower, Inventory, Point, Precondition,
    ReaderOptions, Route, ToolPlan, ToolStep,
};
use crate::engine::{DbError, DbErrorKind, ServerInfo, Setting};

/// A query in the words of another engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    pub sql: String,
    /// What was changed, and what may answer differently, as sentences.
    pub notes: Vec<String>,
}

/// The part of an [`crate::engine::Engine`] that a migration asks.
#[async_trait]
pub trait Migration: Send + Sync {
    /// Engines of one family print values alike.
    fn family(&self) -> &'static str;

    /// What `version` is a version of: releases plan alike, but for what was mended between their versions.
    fn release(&self, version: [u32; 2]) -> String {
        format!("{}.{}", version[0], version[1])
    }

    /// A small database as a script, for demonstrations.
    fn sample(&self) -> &'static str;

    async fn reader(
        &self,
        url: &str,
        options: &ReaderOptions,
    ) -> Result<Box<dyn DataReader>, DbError>;

    /// What the server holds beside tables and indexes. `counts`: whether values may be counted, which reads tables whole.
    async fn inventory(
        &self,
        url: &str,
        options: &ReaderOptions,
        counts: bool,
    ) -> Result<Inventory, DbError>;

    /// What to expect of moving what `server` holds to `to`. `None` where nothing is known of this pair.
    fn review(
        &self,
        server: &ServerInfo,
        settings: &[Setting],
        inventory: &Inventory,
        to: &Destination,
    ) -> Option<Vec<Point>>;

    /// What has to be so on the server behind `url` before `route` can be taken from there.
    async fn preconditions(
        &self,
        url: &str,
        options: &ReaderOptions,
        route: Route,
    ) -> Result<Vec<Precondition>, DbError>;

    /// The calls of tools that move what is at the plan's source, in order.
    ///
    /// # Errors
    /// No tool takes this route from here.
    fn steps(&self, plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError>;

    /// Makes the plan's target follow its source by the engine's own replication, which creates what that takes on
    /// both.
    ///
    /// # Errors
    /// This engine has none that planwise drives, or a server refuses.
    async fn follow(
        &self,
        plan: &ToolPlan,
        options: &ReaderOptions,
    ) -> Result<Box<dyn Follower>, DbError> {
        let _ = (plan, options);
        let message = format!("planwise drives no replication of {}", self.family());
        Err(DbError::new(DbErrorKind::Unsupported, message))
    }

    /// What to expect of one query of the workload at `to`, given the types of what it names.
    fn review_query(
        &self,
        id: &str,
        sql: &str,
        from: (&ServerInfo, &DatabaseShape),
        to: &Destination,
    ) -> Vec<Point> {
        let _ = (id, sql, from, to);
        Vec::new()
    }

    /// `sql`, written for this engine, in the words of `to`.
    ///
    /// # Errors
    /// Why it cannot be translated, as a sentence.
    fn translate(&self, sql: &str, to: &Destination) -> Result<Translation, String> {
        let _ = sql;
        Err(format!("planwise knows no translation to {}", to.engine))
    }
}
