//! From rows to a tree: tables of one id are joined in their order, other ids hang where they are read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Row;
use crate::engine::mysql::explain::access;
use crate::plan::{Actual, Evidence, Node, NodeKind, Plan, PlanError, Relationship};

/// More levels of queries inside queries than any server takes.
const MAX_DEPTH: usize = 100;

struct Blocks {
    rows: BTreeMap<u64, Vec<Row>>,
    /// Ids in the order of their first rows.
    order: Vec<u64>,
    /// `<union1,2>`: ids and the row itself.
    unions: Vec<(Vec<u64>, Row)>,
    used: BTreeSet<u64>,
}

/// `measured`: the table has columns for what was counted, though nothing may have been.
pub fn plan(rows: Vec<Row>, measured: bool) -> Result<Plan, PlanError> {
    let mut blocks = Blocks::of(rows);
    let Some(first) = blocks.order.first().copied() else {
        return Err(PlanError::NotAPlan("no row of EXPLAIN's table has an id".to_owned()));
    };
    let mut root = match blocks.union_with(first) {
        Some(union) => blocks.union(union, 0)?,
        None => blocks.statement(first)?,
    };
    for id in blocks.order.clone() {
        if !blocks.used.contains(&id) {
            let mut subquery = blocks.block(id, 1)?;
            subquery.relationship = Relationship::SubPlan;
            subquery.subplan_name = Some(format!("Select #{id}"));
            root.children.push(subquery);
        }
    }
    root.relationship = Relationship::Root;
    root.number();
    Ok(Plan::of(root, if measured { Evidence::C } else { Evidence::D }))
}

impl Blocks {
    fn of(rows: Vec<Row>) -> Blocks {
        let mut blocks = Blocks {
            rows: BTreeMap::new(),
            order: Vec::new(),
            unions: Vec::new(),
            used: BTreeSet::new(),
        };
        for row in rows {
            if let Some(members) = row.get("table").and_then(|table| members_of(table)) {
                blocks.unions.push((members, row));
            } else if let Some(id) = row.get("id").and_then(|id| id.parse().ok()) {
                if !blocks.rows.contains_key(&id) {
                    blocks.order.push(id);
                }
                blocks.rows.entry(id).or_default().push(row);
            }
        }
        blocks
    }

    /// The outermost query, with the arms of a UNION ALL that nothing reads back from a temporary table.
    fn statement(&mut self, first: u64) -> Result<Node, PlanError> {
        let arms: Vec<u64> = self
            .order
            .iter()
            .copied()
            .filter(|id| *id == first || (self.is_arm(*id) && !self.in_a_union(*id)))
            .collect();
        match arms.len() {
            0 | 1 => self.block(first, 0),
            _ => self.append("UNION ALL", &arms, 0),
        }
    }

    fn is_arm(&self, id: u64) -> bool {
        let kind = self.rows.get(&id).and_then(|rows| rows.first()?.get("select_type").cloned());
        kind.is_some_and(|kind| kind == "UNION" || kind == "UNCACHEABLE UNION")
    }

    fn in_a_union(&self, id: u64) -> bool {
        self.unions.iter().any(|(members, _)| members.contains(&id))
    }

    fn union_with(&self, id: u64) -> Option<usize> {
        self.unions.iter().position(|(members, _)| members.first() == Some(&id))
    }

    fn union(&mut self, union: usize, depth: usize) -> Result<Node, PlanError> {
        let Some((members, row)) = self.unions.get(union).cloned() else {
            return Err(PlanError::NotAPlan("a union of EXPLAIN's table is missing".to_owned()));
        };
        let label = row.get("select_type").cloned().unwrap_or_default();
        let node = self.append(&label, &members, depth)?;
        Ok(sorted(node, row.get("extra").map_or("", String::as_str)))
    }

    fn append(&mut self, label: &str, members: &[u64], depth: usize) -> Result<Node, PlanError> {
        let set = label.starts_with("INTERSECT") || label.starts_with("EXCEPT");
        let kind = if set { NodeKind::SetOperation } else { NodeKind::Append };
        let mut node = Node::new(kind, label.to_lowercase());
        for member in members {
            let mut arm = self.block(*member, depth + 1)?;
            arm.relationship = Relationship::Member;
            node.children.push(arm);
        }
        Ok(node)
    }

    /// The tables of one id, joined, then sorted.
    fn block(&mut self, id: u64, depth: usize) -> Result<Node, PlanError> {
        if depth > MAX_DEPTH || !self.used.insert(id) {
            return Err(PlanError::NotAPlan(format!("the rows of id {id} read each other")));
        }
        let rows = self.rows.get(&id).cloned().unwrap_or_default();
        let mut joined: Option<Node> = None;
        let mut loops = 1.0;
        let mut sort_at_the_end = String::new();
        for row in rows {
            let extra = row.get("extra").cloned().unwrap_or_default();
            let mut table = table(&row, loops);
            loops = table.actual.map_or(loops, |actual| actual.rows * actual.loops);
            self.hang_source(&mut table, depth)?;
            if extra.contains("Using temporary") {
                sort_at_the_end = extra.clone();
            } else {
                table = sorted(table, &extra);
            }
            joined = Some(match joined {
                None => table,
                Some(before) => join(before, table, &extra),
            });
        }
        let node = joined.unwrap_or_else(|| Node::new(NodeKind::Other, format!("select #{id}")));
        Ok(sorted(node, &sort_at_the_end))
    }

    /// `<derived2>` and `<subquery2>` are made by the rows of id 2.
    fn hang_source(&mut self, table: &mut Node, depth: usize) -> Result<(), PlanError> {
        let Some(id) = table.source.as_deref().and_then(source_id) else { return Ok(()) };
        if !self.rows.contains_key(&id) || self.used.contains(&id) {
            return Ok(());
        }
        let mut below = match self.union_with(id) {
            Some(union) => self.union(union, depth + 1)?,
            None => self.block(id, depth + 1)?,
        };
        below.relationship = Relationship::Subquery;
        table.children.push(below);
        Ok(())
    }
}

/// `<union1,2>`, `<intersect1,2>`, `<except1,2>`.
fn members_of(table: &str) -> Option<Vec<u64>> {
    let inside = table.strip_prefix('<')?.strip_suffix('>')?;
    let names = ["union", "intersect", "except", "unit"];
    let list = names.iter().find_map(|name| inside.strip_prefix(name))?;
    list.split(',').map(|id| id.trim().parse().ok()).collect()
}

fn source_id(source: &str) -> Option<u64> {
    let inside = source.strip_prefix('<')?.strip_suffix('>')?;
    inside.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()
}

/// `loops`: how often it is read, where rows were counted.
fn table(row: &Row, loops: f64) -> Node {
    let extra = row.get("extra").map_or("", String::as_str);
    let Some(name) = row.get("table") else {
        return Node::new(NodeKind::Result, if extra.is_empty() { "no table" } else { extra });
    };
    // `range|filter`: with a second index beside the first.
    let first = |name: &str| row.get(name).map(|text| text.split('|').next().unwrap_or(text));
    let how = first("type").unwrap_or("table");
    let covering = extra
        .split("; ")
        .any(|note| note.starts_with("Using index") && !note.starts_with("Using index condition"));
    let mut node = Node::new(access::kind(how, covering), how);
    if access::is_temporary(name) {
        node.kind = NodeKind::SubqueryScan;
        node.source = Some(name.clone());
    } else {
        node.relation = Some(name.clone());
        node.alias = Some(name.clone());
    }
    node.index = first("key").map(str::to_owned);
    let share = |name: &str| number(row, name).map_or(1.0, |percent| percent.min(100.0) / 100.0);
    node.plan_rows = number(row, "rows").map(|rows| rows * share("filtered"));
    if let Some(read) = number(row, "r_rows") {
        let kept = read * share("r_filtered");
        node.actual = Some(Actual {
            startup_ms: None,
            total_ms: None,
            rows: kept,
            loops,
            rows_rounding: 0.005,
            time_rounding_ms: 0.0,
        });
        node.removed.by_filter = extra.contains("Using where").then_some(read - kept);
    }
    if how == "index_merge" {
        let names = node.index.take().unwrap_or_default();
        let names = names.split(',').map(str::to_owned).collect();
        let merged: Vec<Node> = access::searched(&node, names).collect();
        node.children.extend(merged);
    }
    for told in ["possible_keys", "key_len", "ref", "extra"] {
        if let Some(value) = row.get(told) {
            node.extra.insert(told.to_owned(), Value::String(value.clone()));
        }
    }
    node
}

fn number(row: &Row, name: &str) -> Option<f64> {
    // `285 (8%)`: rows, and the share of them that a filter lets through.
    let number: f64 = row.get(name)?.split(' ').next()?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn join(mut before: Node, mut table: Node, extra: &str) -> Node {
    let buffer = extra.split("; ").find(|note| note.starts_with("Using join buffer"));
    let hashed = buffer.is_some_and(|buffer| {
        buffer.contains("hash") || buffer.contains("BNLH") || buffer.contains("BKAH")
    });
    let kind = if hashed { NodeKind::HashJoin } else { NodeKind::NestedLoop };
    let mut node = Node::new(kind, if hashed { "hash join" } else { "nested_loop" });
    let outer = before.plan_rows.filter(|_| before.actual.is_none() || before.plan_rows.is_some());
    node.plan_rows = outer.zip(table.plan_rows).map(|(outer, inner)| outer * inner);
    node.actual = before.actual.zip(table.actual).map(|(outer, inner)| Actual {
        rows: inner.rows * inner.loops / outer.loops.max(1.0),
        loops: outer.loops,
        ..inner
    });
    before.relationship = Relationship::Outer;
    table.relationship = Relationship::Inner;
    node.children = vec![before, table];
    node
}

/// `Using temporary; Using filesort`: rows are put aside first, then sorted.
fn sorted(mut node: Node, extra: &str) -> Node {
    let steps = [
        ("Using temporary", NodeKind::Materialize, "temporary_table"),
        ("Using filesort", NodeKind::Sort, "filesort"),
    ];
    for (note, kind, label) in steps {
        if extra.contains(note) {
            let mut above = Node::new(kind, label);
            above.plan_rows = node.plan_rows;
            above.actual = node.actual;
            node.relationship = Relationship::Outer;
            above.children.push(node);
            node = above;
        }
    }
    node
}
