//! All forms of a plan, as each version writes them, give the same plan.

use std::fs;
use std::path::Path;

use planwise::engine::postgres::explain::parse;
use planwise::engine::{Access, Session};
use planwise::plan::{Node, NodeId, Plan, Relationship};

use super::start;
use crate::plan::captures::{folder, names};
use crate::plan::text_equals_json::comparable;
use crate::postgres::server::session;

/// As EXPLAIN's options spell them. The last two differ from JSON in their punctuation only: each query is read in one
/// of them on every other version.
fn forms(position: usize, major: u32) -> [&'static str; 2] {
    ["TEXT", ["XML", "YAML"][(position + major as usize) % 2]]
}

super::on_every_version! { every_form_gives_the_same_plan }

async fn every_form_gives_the_same_plan(programs: &Path, major: u32) {
    let sandbox = start(programs).await;
    let mut session = session(&sandbox, Access::Commit).await;
    for statement in fs::read_to_string(folder().join("schema.sql")).unwrap().split_inclusive(";\n")
    {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let mut compared = 0;
    for (position, name) in reads_first(names()).into_iter().enumerate() {
        let (settings, query) = captured(&name, major);
        let write = is_write(&query);
        session.command(&settings).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = analyzed(session.as_mut(), &query, "JSON").await;
        let json = json.unwrap_or_else(|error| panic!("{name} on {major}: {error}"));
        for form in forms(position, major) {
            let other = analyzed(session.as_mut(), &query, form).await;
            let other = other.unwrap_or_else(|error| panic!("{name} on {major}: {error}"));
            let place = format!("{name} as {form} on {major}");
            same_nodes(&other, &json, major, write, &place);
            assert_eq!(around(&other), around(&json), "{place}");
            if form != "TEXT" {
                // Text leaves out what is zero.
                assert_eq!(other.planning_buffers.is_some(), json.planning_buffers.is_some());
                assert_eq!(extra_keys(&other), extra_keys(&json), "{place}");
            }
            compared += 1;
        }
        session.command("ROLLBACK; RESET ALL").await.unwrap();
    }
    assert!(compared >= 80);
}

fn same_nodes(other: &Plan, json: &Plan, major: u32, write: bool, place: &str) {
    let (other, json) = (of_version(other, major, write), of_version(json, major, write));
    for (other, json) in other.iter().zip(&json) {
        assert_eq!(other, json, "{place}");
    }
    assert_eq!(other.len(), json.len(), "{place}");
}

/// What stands around the nodes and is the same in each execution.
fn around(plan: &Plan) -> String {
    let triggers: Vec<_> =
        plan.triggers.iter().map(|t| (&t.name, &t.constraint, t.calls)).collect();
    format!(
        "{:?} {:?} {:?} times {} {} JIT {} triggers {triggers:?}",
        plan.evidence,
        plan.settings,
        plan.query_id,
        plan.planning_ms.is_some(),
        plan.execution_ms.is_some(),
        plan.jit.is_some(),
    )
}

/// Keys that no field of a node takes.
fn extra_keys(plan: &Plan) -> Vec<(NodeId, Vec<String>)> {
    let keys = |node: &Node| {
        let mut keys: Vec<String> = node.extra.keys().cloned().collect();
        keys.sort();
        keys
    };
    plan.walk().into_iter().map(|(node, _)| (node.id, keys(node))).collect()
}

/// A write that was rolled back leaves dead rows, which the next index-only scan has to look at.
fn reads_first(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|name| is_write(&captured(name, 0).1));
    names
}

fn is_write(query: &str) -> bool {
    ["INSERT ", "UPDATE ", "DELETE ", "FOR UPDATE"].iter().any(|word| query.contains(word))
}

/// The nodes, without what differs between two executions on this version.
fn of_version(plan: &Plan, major: u32, write: bool) -> Vec<(Node, Vec<NodeId>)> {
    let mut nodes = comparable(plan);
    for (node, _) in &mut nodes {
        // Up to 13 the JSON form alone calls the input of a write one of several members.
        if major <= 13 && node.relationship == Relationship::Member {
            node.relationship = Relationship::Outer;
        }
        // The first execution of a write makes the table larger, also where it is rolled back.
        if write {
            (node.startup_cost, node.total_cost, node.plan_rows) = (None, None, None);
        }
    }
    nodes
}

/// The settings that a captured query needs, in a transaction of its own, and the query.
fn captured(name: &str, major: u32) -> (String, String) {
    let path = folder().join("queries").join(format!("{name}.sql"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (settings, query): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("SET "));
    let known = |line: &&str| major >= 14 || !line.contains("enable_memoize");
    let settings: Vec<&str> = settings.into_iter().filter(known).collect();
    let identified = if major >= 14 { "SET compute_query_id = on;" } else { "" };
    (format!("BEGIN; {identified} {}", settings.join(" ")), query.join("\n"))
}

async fn analyzed(session: &mut dyn Session, query: &str, form: &str) -> Result<Plan, String> {
    session.command("SAVEPOINT before").await.map_err(|error| error.to_string())?;
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, FORMAT {form}) {query}");
    let lines = session.query_text(&sql).await.map_err(|error| format!("{query}: {error}"))?;
    session.command("ROLLBACK TO before").await.map_err(|error| error.to_string())?;
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    let text = lines.join("\n");
    parse(&text).map_err(|error| format!("{error}\n{text}"))
}
