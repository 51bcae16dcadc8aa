//! Both forms of a plan, as each version writes them, give the same tree.

use std::fs;
use std::path::Path;

use planwise::engine::postgres::explain::parse;
use planwise::engine::{Access, Session};
use planwise::plan::{Node, NodeId, Plan, Relationship};

use super::start;
use crate::plan::captures::{folder, names};
use crate::plan::text_equals_json::comparable;
use crate::postgres::server::session;

super::on_every_version! { text_and_json_give_the_same_tree }

async fn text_and_json_give_the_same_tree(programs: &Path, major: u32) {
    let sandbox = start(programs).await;
    let mut session = session(&sandbox, Access::Commit).await;
    for statement in fs::read_to_string(folder().join("schema.sql")).unwrap().split_inclusive(";\n")
    {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let mut compared = 0;
    for name in reads_first(names()) {
        let (settings, query) = captured(&name, major);
        let write = is_write(&query);
        session.command(&settings).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = analyzed(session.as_mut(), &query, ", FORMAT JSON").await;
        let text = analyzed(session.as_mut(), &query, "").await;
        session.command("ROLLBACK; RESET ALL").await.unwrap();
        let (json, text) = match (json, text) {
            (Ok(json), Ok(text)) => (json, text),
            (Err(error), _) | (_, Err(error)) => panic!("{name} on {major}: {error}"),
        };
        let (json, text) = (of_version(&json, major, write), of_version(&text, major, write));
        for (text, json) in text.iter().zip(&json) {
            assert_eq!(text, json, "{name} on {major}");
        }
        assert_eq!(text.len(), json.len(), "{name} on {major}");
        compared += 1;
    }
    assert!(compared >= 40);
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
    (format!("BEGIN; {}", settings.join(" ")), query.join("\n"))
}

async fn analyzed(session: &mut dyn Session, query: &str, form: &str) -> Result<Plan, String> {
    session.command("SAVEPOINT before").await.map_err(|error| error.to_string())?;
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL{form}) {query}");
    let lines = session.query_text(&sql).await.map_err(|error| format!("{query}: {error}"))?;
    session.command("ROLLBACK TO before").await.map_err(|error| error.to_string())?;
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    let text = lines.join("\n");
    parse(&text).map_err(|error| format!("{error}\n{text}"))
}
