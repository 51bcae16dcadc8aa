//! Plans to compare sets of indexes by, on a throwaway copy.

use std::collections::HashMap;
use std::time::Duration;

use super::cancel;
use crate::engine::mysql::explain::work;
use crate::engine::{DbError, DbErrorKind};
use crate::plan::Plan;

/// A statement that takes longer than this is not run for each index that is tried: it is estimated.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What a statement's work was taken from first, and is from then on: estimates and counts are not to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Counted,
    Expected,
}

/// By statement.
pub type Bases = HashMap<String, Basis>;

/// `plan` with its work in place of the server's own cost.
pub fn weighed(mut plan: Plan) -> Plan {
    plan.root.total_cost = Some(work(&plan));
    plan
}

/// Lets `request` run for [`PATIENCE`], then has the server end it and waits for that.
pub async fn in_time<T>(
    request: impl Future<Output = Result<T, DbError>>,
    cancel: cancel::Kill,
) -> Result<T, DbError> {
    tokio::pin!(request);
    tokio::select! {
        biased;
        outcome = &mut request => return outcome,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    cancel.query().await;
    request.await.map_err(|error| match error.ends_session() {
        true => error,
        false => DbError { kind: DbErrorKind::Timeout, ..error },
    })
}
