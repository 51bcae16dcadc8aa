//! A target that follows its source by the engine's own replication, for the time of a rehearsal.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::DbError;
use crate::interrupt::Interrupt;

/// What following took. Nothing of it stays on the source.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Followed {
    /// Every table with the seconds until its first copy was done, counted from the beginning.
    pub copied: Vec<(String, f64)>,
    /// Until the target had all that was written before it was asked.
    pub caught_up_s: Option<f64>,
    /// Bytes of the log that the source wrote meanwhile, by whomever.
    pub log_bytes: u64,
    /// The most that the source had to keep for it at a time.
    pub most_kept_bytes: u64,
    /// The longest that somebody else was seen to wait for a lock of it.
    pub others_waited_s: f64,
    /// Sequences whose positions were carried over by hand.
    pub sequences: u64,
    /// Tables whose changes were not followed beyond new rows, for want of a replica identity.
    pub inserts_only: Vec<String>,
    /// What could not be taken away again, with the statement that does.
    pub left_behind: Vec<String>,
}

/// One target that follows. Whatever happens, [`Follower::end`] has to be called.
#[async_trait]
pub trait Follower: Send {
    /// Waits until the first copy of every table is there.
    async fn copy(&mut self, interrupt: &Interrupt) -> Result<(), DbError>;

    /// Waits until the target has what the source had when this was called.
    async fn catch_up(&mut self, interrupt: &Interrupt) -> Result<(), DbError>;

    /// Sets the target's sequences to the source's positions.
    async fn carry_sequences(&mut self) -> Result<(), DbError>;

    /// Takes away everything on both sides but the rows that arrived.
    async fn end(&mut self) -> Followed;
}
