//! Two plans side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, plan_shape};

/// Plans longer than this are shown one after the other: aligning is quadratic.
const LONGEST: usize = 2_000;

/// What became of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeChange {
    Same,
    /// Both sides have a node here, of another kind or on another object.
    Changed,
    Removed,
    Added,
}

/// One node of a plan without its numbers: `Index Scan using rental_pkey on rental r`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanLine {
    pub depth: usize,
    pub text: String,
}

/// One row of the two columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanDiffRow {
    pub change: NodeChange,
    pub before: Option<PlanLine>,
    pub after: Option<PlanLine>,
}

/// The nodes in pre-order, those that stayed beside each other (longest common subsequence). `None` when
/// the plans have the same shape.
pub fn plan_diff(before: &Plan, after: &Plan) -> Option<Vec<PlanDiffRow>> {
    let (before, after) = (plan_shape(before), plan_shape(after));
    if before == after {
        return None;
    }
    let (before, after): (Vec<_>, Vec<_>) =
        (before.lines().map(line).collect(), after.lines().map(line).collect());
    let kept = match before.len().max(after.len()) <= LONGEST {
        true => common(&before, &after),
        false => Vec::new(),
    };
    Some(rows(&before, &after, &kept))
}

fn line(text: &str) -> PlanLine {
    let node = text.trim_start();
    PlanLine { depth: (text.len() - node.len()) / 2, text: node.to_owned() }
}

/// Positions of the nodes that both have, in order. Depth does not count: a node below a new one is the same node.
fn common(before: &[PlanLine], after: &[PlanLine]) -> Vec<(usize, usize)> {
    let width = after.len() + 1;
    let mut longest = vec![0u32; (before.len() + 1) * width];
    for b in (0..before.len()).rev() {
        for a in (0..after.len()).rev() {
            longest[b * width + a] = match before[b].text == after[a].text {
                true => longest[(b + 1) * width + a + 1] + 1,
                false => longest[(b + 1) * width + a].max(longest[b * width + a + 1]),
            };
        }
    }
    let (mut b, mut a, mut kept) = (0, 0, Vec::new());
    while b < before.len() && a < after.len() {
        if before[b].text == after[a].text {
            kept.push((b, a));
            (b, a) = (b + 1, a + 1);
        } else if longest[(b + 1) * width + a] >= longest[b * width + a + 1] {
            b += 1;
        } else {
            a += 1;
        }
    }
    kept
}

/// What lies between two common nodes is paired off: changed as far as both sides go, then removed or added.
fn rows(before: &[PlanLine], after: &[PlanLine], kept: &[(usize, usize)]) -> Vec<PlanDiffRow> {
    let mut rows = Vec::new();
    let (mut from_b, mut from_a) = (0, 0);
    for &(b, a) in kept.iter().chain([&(before.len(), after.len())]) {
        let (left, right) = (&before[from_b..b], &after[from_a..a]);
        for position in 0..left.len().max(right.len()) {
            let (before, after) = (left.get(position).cloned(), right.get(position).cloned());
            let change = match (&before, &after) {
                (Some(_), Some(_)) => NodeChange::Changed,
                (Some(_), None) => NodeChange::Removed,
                _ => NodeChange::Added,
            };
            rows.push(PlanDiffRow { change, before, after });
        }
        if let (Some(before), Some(after)) = (before.get(b), after.get(a)) {
            let (before, after) = (Some(before.clone()), Some(after.clone()));
            rows.push(PlanDiffRow { change: NodeChange::Same, before, after });
        }
        (from_b, from_a) = (b + 1, a + 1);
    }
    rows
}

/// The first nodes that differ, for a sentence: `Index Scan using i on t became Seq Scan on t`.
pub fn in_words(rows: &[PlanDiffRow]) -> String {
    let differing = || rows.iter().filter(|row| row.change != NodeChange::Same);
    let text = |line: &Option<PlanLine>| line.as_ref().map_or("", |l| l.text.as_str()).to_owned();
    // A node that reads a table says most.
    let reads = |row: &&PlanDiffRow| {
        let on = |line: &Option<PlanLine>| line.as_ref().is_some_and(|l| l.text.contains(" on "));
        on(&row.before) || on(&row.after)
    };
    let Some(row) = differing().find(reads).or_else(|| differing().next()) else {
        return String::new();
    };
    match row.change {
        NodeChange::Removed => format!("{} is gone", text(&row.before)),
        NodeChange::Added => format!("{} is new", text(&row.after)),
        _ => format!("{} became {}", text(&row.before), text(&row.after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<PlanLine> {
        text.lines().map(line).collect()
    }

    fn diff(before: &str, after: &str) -> Vec<PlanDiffRow> {
        let (before, after) = (lines(before), lines(after));
        rows(&before, &after, &common(&before, &after))
    }

    #[test]
    fn a_scan_that_changed_stands_beside_what_it_became() {
        let rows =
            diff("Limit\n  Sort\n    Seq Scan on rental", "Limit\n  Index Scan using i on rental");
        let changes: Vec<NodeChange> = rows.iter().map(|row| row.change).collect();
        assert_eq!(changes, [NodeChange::Same, NodeChange::Changed, NodeChange::Removed]);
        assert_eq!(in_words(&rows), "Sort became Index Scan using i on rental");
        assert_eq!(rows[2].before.as_ref().unwrap().depth, 2);
    }

    #[test]
    fn a_node_on_top_leaves_those_below_the_same() {
        let rows = diff("Seq Scan on t", "Gather\n  Seq Scan on t");
        let changes: Vec<NodeChange> = rows.iter().map(|row| row.change).collect();
        assert_eq!(changes, [NodeChange::Added, NodeChange::Same]);
        assert_eq!(in_words(&rows), "Gather is new");
    }
}
