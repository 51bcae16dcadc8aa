//! Both forms of a plan, as each version writes them, give the same tree.

use std::fs;
use std::path::Path;

use planwise::engine::postgres::explain::parse;
use planwise::engine::{Access, Session};
use planwise::plan::Plan;

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
    for name in names() {
        let (settings, query) = captured(&name);
        session.command(&settings).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = analyzed(session.as_mut(), &query, ", FORMAT JSON").await;
        let text = analyzed(session.as_mut(), &query, "").await;
        session.command("ROLLBACK; RESET ALL").await.unwrap();
        let (json, text) = match (json, text) {
            (Ok(json), Ok(text)) => (json, text),
            (Err(error), _) | (_, Err(error)) => panic!("{name} on {major}: {error}"),
        };
        let (json, text) = (comparable(&json), comparable(&text));
        for (text, json) in text.iter().zip(&json) {
            assert_eq!(text, json, "{name} on {major}");
        }
        assert_eq!(text.len(), json.len(), "{name} on {major}");
        compared += 1;
    }
    assert!(compared >= 40);
}

/// The settings that a captured query needs, in a transaction of its own, and the query.
fn captured(name: &str) -> (String, String) {
    let path = folder().join("queries").join(format!("{name}.sql"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (settings, query): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("SET "));
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
