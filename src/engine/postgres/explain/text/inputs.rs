//! How many inputs each kind of node has: a tree in which one lacks is cut off or hung wrongly.

use super::account::malformed;
use super::draft::Draft;
use crate::plan::PlanError;

pub fn check(drafts: &[Draft]) -> Result<(), PlanError> {
    let open = open_at_the_end(drafts);
    for (position, draft) in drafts.iter().enumerate() {
        let label = draft.node_type();
        let Some((fewest, most)) = bounds(label) else { continue };
        if draft.inputs > most {
            return Err(malformed(
                draft.line,
                &format!(
                    "{label} has {} inputs where it takes {most}; its indentation was changed, or lines are missing",
                    draft.inputs
                ),
            ));
        }
        if draft.inputs < fewest {
            let cut = if open.contains(&position) {
                "the text ends inside the plan, or its indentation was changed"
            } else {
                "lines are missing, or its indentation was changed"
            };
            return Err(malformed(
                draft.line,
                &format!("{label} has {} of the {fewest} it reads from: {cut}", draft.inputs),
            ));
        }
    }
    Ok(())
}

/// The last node and those above it: what a text that was cut off leaves without inputs.
fn open_at_the_end(drafts: &[Draft]) -> Vec<usize> {
    let above = |position: &usize| drafts.get(*position).and_then(|draft| draft.parent);
    std::iter::successors(drafts.len().checked_sub(1), above).collect()
}

/// Fewest and most; `None` where any number is possible or the type is not known.
fn bounds(node_type: &str) -> Option<(usize, usize)> {
    Some(match node_type {
        "Hash Join" | "Merge Join" | "Nested Loop" | "Recursive Union" => (2, 2),
        "Hash" | "Sort" | "Incremental Sort" | "Materialize" | "Memoize" | "Unique" | "Limit"
        | "Aggregate" | "Group" | "WindowAgg" | "Gather" | "Gather Merge" | "LockRows"
        | "ProjectSet" | "Subquery Scan" | "Bitmap Heap Scan" => (1, 1),
        "SetOp" => (1, 2),
        "BitmapAnd" | "BitmapOr" => (2, usize::MAX),
        "ModifyTable" => (1, usize::MAX),
        "Result" => (0, 1),
        "Seq Scan"
        | "Index Scan"
        | "Index Only Scan"
        | "Bitmap Index Scan"
        | "Tid Scan"
        | "Tid Range Scan"
        | "CTE Scan"
        | "WorkTable Scan"
        | "Function Scan"
        | "Table Function Scan"
        | "Values Scan"
        | "Named Tuplestore Scan"
        | "Sample Scan" => (0, 0),
        _ => return None,
    })
}
