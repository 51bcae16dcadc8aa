//! Indexes on a server without rows that stand for built ones: empty, with the size that they would have.

use async_trait::async_trait;

use super::{DbError, IndexDefinition};

/// One that every planner of the server sees now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// That it would take.
    pub bytes: u64,
    /// Names that plans use for it: one, or one for each partition of its table.
    pub parts: Vec<String>,
}

/// Makes them, and takes them from the planners' sight.
#[async_trait]
pub trait StandIns: Send {
    /// Whether such an index can stand there at all.
    fn can_stand(&self, index: &IndexDefinition) -> bool;

    /// Makes `index` under `name`, in sight. `needs` installs the extension that it takes.
    async fn add(
        &mut self,
        index: &IndexDefinition,
        name: &str,
        needs: Option<&str>,
    ) -> Result<StandIn, DbError>;

    /// Of one that was added.
    async fn set_visible(&mut self, name: &str, visible: bool) -> Result<(), DbError>;
}
