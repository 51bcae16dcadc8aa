//! The EXPLAIN that would show what a plan leaves out.

use crate::engine::FullerExplain;
use crate::plan::{Ancestry, Evidence, Node, NodeKind, Plan};

/// Every option that 13 and newer know and that costs little.
const OPTIONS: &str = "ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, FORMAT JSON";

pub fn fuller(plan: &Plan, sql: Option<&str>) -> Option<FullerExplain> {
    let tree = Ancestry::of(plan);
    let nodes: Vec<&Node> = tree.ids().filter_map(|id| tree.node(id)).collect();
    let missing = missing(plan.evidence, &nodes);
    if missing.is_empty() {
        return None;
    }
    let writes = nodes.iter().any(|node| node.kind == NodeKind::Modify);
    let sql = sql.or(plan.query_text.as_deref());
    Some(FullerExplain { missing, statement: statement(sql, writes) })
}

fn missing(evidence: Evidence, nodes: &[&Node]) -> Vec<String> {
    let without_buffers = nodes.iter().all(|node| node.buffers.is_none());
    let parallel = nodes.iter().any(|node| node.workers_launched.is_some_and(|n| n > 0));
    let detailed = nodes.iter().any(|n| n.workers.iter().any(|worker| worker.actual.is_some()));
    let mut missing = Vec::new();
    match evidence {
        Evidence::D => missing.push("it was only estimated: no times and no rows were counted"),
        Evidence::C => missing.push("it was run without timing each node (TIMING OFF)"),
        Evidence::A | Evidence::B => {}
    }
    if evidence != Evidence::D && without_buffers {
        missing.push("blocks read are not counted (BUFFERS)");
    }
    if evidence <= Evidence::B && parallel && !detailed {
        missing.push("what each parallel worker did is not told (VERBOSE): its times are brackets");
    }
    missing.into_iter().map(str::to_owned).collect()
}

/// EXPLAIN ANALYZE executes: what a write does is undone.
fn statement(sql: Option<&str>, writes: bool) -> String {
    let sql = sql.map_or("<the same statement>", |sql| sql.trim().trim_end_matches(';'));
    let explain = format!("EXPLAIN ({OPTIONS})\n{sql};");
    if writes { format!("BEGIN;\n{explain}\nROLLBACK;") } else { explain }
}
