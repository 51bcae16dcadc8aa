//! The seam between the search and whatever answers "what if".

use async_trait::async_trait;

use crate::engine::{DbError, IndexDefinition, Params};
use crate::plan::Plan;

/// An index the planner believes in for now.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The name that plans use for it.
    pub name: String,
    /// Real size, where it was really built.
    pub bytes: Option<u64>,
    pub build_seconds: Option<f64>,
}

/// One planner that can be shown indexes.
#[async_trait]
pub trait WhatIf: Send {
    /// Whether this backend can show the planner such an index at all.
    fn can_show(&self, index: &IndexDefinition) -> bool;

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError>;

    /// Takes every index that was added away again. Called on every way out of a search.
    async fn clear(&mut self) -> Result<(), DbError>;

    /// The plan that the planner would choose now; nothing is executed.
    async fn plan(&mut self, sql: &str, params: &Params) -> Result<Plan, DbError>;
}
