//! How a plan reads an index, where that makes the planner's promise doubtful.

use crate::plan::{NodeKind, Plan};

/// Every use of the index in `plan` is without a condition and without a limit above it.
pub fn is_walked(plan: &Plan, index: &str) -> bool {
    plan.walk().iter().filter(|(node, _)| node.index.as_deref() == Some(index)).all(
        |(node, path)| {
            let limited = path.iter().any(|ancestor| ancestor.kind == NodeKind::Limit);
            node.index_cond.is_none() && !limited
        },
    )
}

/// The index stands below a limit, with a filter and without a condition of its own.
pub fn is_gamble(plan: &Plan, index: &str) -> bool {
    plan.walk().iter().filter(|(node, _)| node.index.as_deref() == Some(index)).any(
        |(node, path)| {
            let limited = path.iter().any(|ancestor| ancestor.kind == NodeKind::Limit);
            limited && node.filter.is_some() && node.index_cond.is_none()
        },
    )
}

/// All rows of the table are fetched one by one in the order of the index: cheap where they lie in that
/// order or all in memory, as planners hope; several times a full scan where they do not.
pub fn is_scattered(plan: &Plan, index: &str) -> bool {
    plan.walk().iter().filter(|(node, _)| node.index.as_deref() == Some(index)).any(
        |(node, path)| {
            let limited = path.iter().any(|ancestor| ancestor.kind == NodeKind::Limit);
            node.kind == NodeKind::IndexScan && node.index_cond.is_none() && !limited
        },
    )
}
