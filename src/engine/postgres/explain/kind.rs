//! From the server's node types to the neutral ones.

use crate::plan::NodeKind;

/// `Other` for a type this version does not know: extensions and newer servers add some.
pub fn kind_of(node_type: &str) -> NodeKind {
    scan_kind(node_type)
        .or_else(|| join_kind(node_type))
        .or_else(|| row_kind(node_type))
        .or_else(|| control_kind(node_type))
        .unwrap_or(NodeKind::Other)
}

fn scan_kind(node_type: &str) -> Option<NodeKind> {
    Some(match node_type {
        "Seq Scan" => NodeKind::SeqScan,
        "Index Scan" => NodeKind::IndexScan,
        "Index Only Scan" => NodeKind::IndexOnlyScan,
        "Bitmap Index Scan" => NodeKind::BitmapIndexScan,
        "Bitmap Heap Scan" => NodeKind::BitmapHeapScan,
        "BitmapAnd" => NodeKind::BitmapAnd,
        "BitmapOr" => NodeKind::BitmapOr,
        "Tid Scan" | "Tid Range Scan" => NodeKind::RowLookup,
        "Function Scan" | "Table Function Scan" => NodeKind::FunctionScan,
        "Values Scan" => NodeKind::ValuesScan,
        "CTE Scan" => NodeKind::CteScan,
        "Subquery Scan" => NodeKind::SubqueryScan,
        "WorkTable Scan" => NodeKind::WorkTableScan,
        "Foreign Scan" => NodeKind::ForeignScan,
        _ => return None,
    })
}

fn join_kind(node_type: &str) -> Option<NodeKind> {
    Some(match node_type {
        "Nested Loop" => NodeKind::NestedLoop,
        "Hash Join" => NodeKind::HashJoin,
        "Merge Join" => NodeKind::MergeJoin,
        "Hash" => NodeKind::Hash,
        _ => return None,
    })
}

fn row_kind(node_type: &str) -> Option<NodeKind> {
    Some(match node_type {
        "Sort" => NodeKind::Sort,
        "Incremental Sort" => NodeKind::IncrementalSort,
        "Aggregate" => NodeKind::Aggregate,
        "Group" => NodeKind::Group,
        "WindowAgg" => NodeKind::Window,
        "Unique" => NodeKind::Unique,
        "SetOp" => NodeKind::SetOperation,
        "Limit" => NodeKind::Limit,
        "Materialize" => NodeKind::Materialize,
        "Memoize" => NodeKind::Memoize,
        _ => return None,
    })
}

fn control_kind(node_type: &str) -> Option<NodeKind> {
    Some(match node_type {
        "Append" | "Merge Append" => NodeKind::Append,
        "Gather" | "Gather Merge" => NodeKind::Gather,
        "Recursive Union" => NodeKind::Recursive,
        "LockRows" => NodeKind::LockRows,
        "ModifyTable" => NodeKind::Modify,
        "Result" => NodeKind::Result,
        _ => return None,
    })
}
