//! The seam between the search and whatever answers "what if".

use async_trait::async_trait;

use crate::engine::{DbError, Hypothetical, IndexDefinition, Params, Table};
use crate::plan::Plan;

/// A hypothetical index that the planner currently sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The name that plans use for it.
    pub name: String,
    /// Real size, where it was really built.
    pub bytes: Option<u64>,
    /// The size the planner is told, where it was not.
    pub estimated_bytes: Option<u64>,
    pub build_seconds: Option<f64>,
}

impl Trial {
    pub fn of(shown: Hypothetical) -> Self {
        Trial {
            name: shown.name,
            bytes: None,
            estimated_bytes: Some(shown.size_bytes),
            build_seconds: None,
        }
    }
}

/// One planner that can be shown indexes.
#[async_trait]
pub trait WhatIf: Send {
    /// Whether this backend can show the planner such an index at all.
    fn can_show(&self, index: &IndexDefinition) -> bool;

    /// Whether showing it means to build it, where every other session sees it too.
    fn builds(&self, index: &IndexDefinition) -> bool {
        let _ = index;
        false
    }

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError>;

    /// Takes away `gone` and adds `new`, whose trials are returned in their order. After an error
    /// only [`WhatIf::clear`] may follow.
    async fn swap(
        &mut self,
        gone: &[Trial],
        new: &[IndexDefinition],
    ) -> Result<Vec<Trial>, DbError>;

    /// Takes every index that was added away again. Called on every way out of a search.
    async fn clear(&mut self) -> Result<(), DbError>;

    /// Lets this planner, and all others of the same copy, know the values of expressions over `table` that no index holds
    /// yet: without, it takes any condition on them for the same guess. `false` where nothing has changed.
    async fn know_values(
        &mut self,
        table: &Table,
        expressions: &[String],
    ) -> Result<bool, DbError> {
        let _ = (table, expressions);
        Ok(false)
    }

    /// Takes away what that has left. Called on every way out of a search.
    async fn forget_values(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    /// The plan that the planner would choose now, in a session with `settings`; nothing is executed.
    async fn plan(
        &mut self,
        sql: &str,
        params: &Params,
        settings: &[(String, String)],
    ) -> Result<Plan, DbError>;
}
