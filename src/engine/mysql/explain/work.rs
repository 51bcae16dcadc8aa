//! How much work a plan is, by what it reads and sorts: the measure by which sets of indexes are compared on a copy.
//!
//! The servers' own costs do not do for that: one version prints none, and where they are printed a sort costs nothing and
//! a LIMIT changes nothing. Rows are counted where the plan was executed, else those that the optimiser expects. The unit is
//! one row read in the order of its table, a third of a microsecond or so from memory.

use crate::plan::{Node, NodeKind, Plan, Relationship};

/// An entry of an index that answers alone is narrower than a row.
const ENTRY: f64 = 0.7;
/// A row fetched by way of a secondary index: the entry, and a descent into the clustered index.
const FETCH: f64 = 4.0;
/// A descent from the root of an index to its first entry.
const DESCENT: f64 = 3.0;
/// Two rows compared in a join buffer or a hash table.
const COMPARE: f64 = 0.3;
/// A row sorted: once, and for each doubling of their number.
const SORT: f64 = 0.6;
const SORT_DOUBLING: f64 = 0.15;
/// A row written to a temporary table and read back.
const STORED: f64 = 2.0;
/// A row added to the group it belongs to, found in a temporary table.
const GROUPED: f64 = 0.3;
/// A statement that reads nothing.
const STATEMENT: f64 = 10.0;

/// Never 0.
pub fn work(plan: &Plan) -> f64 {
    STATEMENT + of(&plan.root, 1.0).work
}

#[derive(Debug, Clone, Copy, Default)]
struct Done {
    work: f64,
    /// Rows that came out, over all loops.
    rows: f64,
}

/// `times` is how often the node runs, where that was not measured.
fn of(node: &Node, times: f64) -> Done {
    let mut below: Vec<Done> = Vec::new();
    for child in &node.children {
        let times = match (node.kind, child.relationship, below.first()) {
            (NodeKind::NestedLoop, Relationship::Inner, Some(outer)) => outer.rows,
            (_, Relationship::SubPlan, Some(first)) => first.rows.max(times),
            _ => times,
        };
        below.push(of(child, times));
    }
    let loops = node.actual.map_or(times, |actual| actual.loops);
    let rows = rows(node, loops, &below);
    let own = own(node, loops, rows, &below);
    Done { work: own + below.iter().map(|done| done.work).sum::<f64>(), rows }
}

fn rows(node: &Node, loops: f64, below: &[Done]) -> f64 {
    let counted = node.actual.map(|actual| actual.rows * actual.loops);
    let expected = || node.plan_rows.map(|rows| rows * loops);
    let passed = || match (node.kind, below) {
        // What the inner side gives in all its loops is what the join gives.
        (NodeKind::NestedLoop, [.., inner]) => inner.rows,
        (_, [first, ..]) => first.rows,
        _ => loops,
    };
    counted.or_else(expected).unwrap_or_else(passed)
}

/// Without what is below.
fn own(node: &Node, loops: f64, rows: f64, below: &[Done]) -> f64 {
    let removed = node.removed.by_filter.unwrap_or(0.0) * loops;
    let read = read_of_estimate(node, loops).unwrap_or(rows + removed);
    let input: f64 = below.iter().map(|done| done.rows).sum();
    match node.kind {
        NodeKind::SeqScan => read + DESCENT * loops,
        NodeKind::IndexOnlyScan => entries(node, read) * ENTRY + DESCENT * loops,
        // A table is stored in the order of its primary key: nothing is fetched.
        NodeKind::IndexScan if node.index.as_deref() == Some("PRIMARY") => read + DESCENT * loops,
        NodeKind::IndexScan => {
            (entries(node, read) - read) * ENTRY + read * FETCH + DESCENT * loops
        }
        NodeKind::RowLookup => DESCENT * loops,
        NodeKind::NestedLoop => {
            (node.removed.by_join_filter.unwrap_or(0.0) * loops + buffered(node, rows)) * COMPARE
        }
        NodeKind::HashJoin => match (&node.join_cond, below) {
            (None, [outer, inner]) => outer.rows * inner.rows * COMPARE,
            _ => input + rows * COMPARE,
        },
        NodeKind::Sort => sort(input, rows),
        // Groups are gathered in it; how many there are is not counted.
        NodeKind::Materialize if node.label == "temporary_table" => input * GROUPED,
        NodeKind::Materialize | NodeKind::Unique | NodeKind::SetOperation => input * STORED,
        NodeKind::Aggregate if stores(node) => input * GROUPED + rows * STORED,
        NodeKind::Modify => rows * FETCH,
        _ => 0.0,
    }
}

/// Rows that a scan reads by estimate, where the plan says apart from them what passes the filter.
fn read_of_estimate(node: &Node, loops: f64) -> Option<f64> {
    if node.actual.is_some() {
        return None;
    }
    let number = |key: &str| node.extra.get(key).and_then(serde_json::Value::as_f64);
    number("rows").or_else(|| number("rows_examined_per_scan")).map(|rows| rows * loops)
}

/// Entries looked at, of which the condition on the index lets `read` through.
fn entries(node: &Node, read: f64) -> f64 {
    let passed = node.extra.get("r_icp_filtered").and_then(serde_json::Value::as_f64);
    match passed {
        Some(percent) if percent > 0.0 => read * 100.0 / percent,
        _ => read,
    }
}

fn buffered(node: &Node, rows: f64) -> f64 {
    if node.label == "block-nl-join" { rows } else { 0.0 }
}

/// With a limit only so many of the first are kept in order.
fn sort(input: f64, output: f64) -> f64 {
    let kept = output.min(input).max(2.0);
    input * (SORT + SORT_DOUBLING * kept.log2())
}

fn stores(node: &Node) -> bool {
    let aggregate = node.aggregate.as_deref();
    aggregate.and_then(|a| a.strategy.as_deref()) == Some("Hashed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::mysql::explain::{parse, parse_mysql};

    fn tree(text: &str) -> f64 {
        work(&parse_mysql(text).unwrap())
    }

    #[test]
    fn what_is_read_counts_and_not_what_comes_out() {
        let whole = tree(
            "-> Filter: (t.a = 5)  (cost=1 rows=10) (actual time=1..2 rows=3 loops=1)\n    \
             -> Table scan on t  (cost=1 rows=100000) (actual time=1..2 rows=100000 loops=1)\n",
        );
        let found = tree(
            "-> Index lookup on t using by_a (a=5)  (cost=1 rows=3) (actual time=1..2 rows=3 loops=1)\n",
        );
        assert!(whole > 100_000.0 && found < 50.0, "{whole} {found}");
    }

    #[test]
    fn sorting_and_fetching_cost_something() {
        let scan = "-> Table scan on t  (cost=1 rows=1000) (actual time=1..2 rows=1000 loops=1)\n";
        let sorted = format!(
            "-> Sort: t.a  (cost=1 rows=1000) (actual time=1..2 rows=1000 loops=1)\n    {scan}"
        );
        assert!(tree(&sorted) > tree(scan) * 1.5);
        let fetched =
            "-> Index scan on t using i  (cost=1 rows=1000) (actual time=1..2 rows=1000 loops=1)\n";
        let alone = "-> Covering index scan on t using i  (cost=1 rows=1000) (actual time=1..2 rows=1000 loops=1)\n";
        assert!(tree(alone) < tree(scan) && tree(scan) < tree(fetched));
    }

    #[test]
    fn an_estimate_counts_what_is_read_too() {
        let plan = |filtered: u32| {
            format!(
                r#"{{"query_block":{{"select_id":1,"table":{{"table_name":"t","access_type":"ALL",
                   "rows":50000,"filtered":{filtered},"attached_condition":"t.a = 5"}}}}}}"#
            )
        };
        let of = |filtered| work(&parse(&plan(filtered)).unwrap());
        assert!(of(1) > 50_000.0 && of(1) == of(100), "{} {}", of(1), of(100));
    }
}
