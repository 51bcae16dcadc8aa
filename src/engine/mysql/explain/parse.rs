//! From whatever a user pastes to a plan.

use serde_json::Value;

use super::block::query_block;
use super::fields::Fields;
use crate::plan::{Evidence, Plan, PlanError, Relationship};

/// A plan of ten thousand nodes takes about 10 MB.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// Reads one `ANALYZE FORMAT=JSON` or `EXPLAIN FORMAT=JSON`, bare or as a client frames it.
pub fn parse(text: &str) -> Result<Plan, PlanError> {
    if text.trim().is_empty() {
        return Err(PlanError::Empty);
    }
    refuse_tree(text)?;
    if text.len() > MAX_BYTES {
        return Err(PlanError::NotAPlan("it is larger than any plan".to_owned()));
    }
    from_json(document(text)?)
}

/// Reads the document itself.
pub fn from_json(document: Value) -> Result<Plan, PlanError> {
    refuse_others(&document)?;
    let mut fields = Fields::of(document);
    let block = fields.take("query_block").filter(Value::is_object);
    let Some(block) = block else {
        return Err(PlanError::NotAPlan("it has no query_block".to_owned()));
    };
    let optimisation = fields.object("query_optimization");
    let analysed = optimisation.is_some() || was_executed(&block);
    let mut root = query_block(block, analysed);
    root.node.relationship = Relationship::Root;
    root.node.number();
    let evidence = if analysed { Evidence::B } else { Evidence::D };
    Ok(Plan {
        execution_ms: root.run.map(|run| run.inclusive_ms),
        planning_ms: optimisation.and_then(|mut fields| fields.number("r_total_time_ms")),
        extra: fields.rest(),
        ..Plan::of(root.node, evidence)
    })
}

/// Any key that only execution fills.
fn was_executed(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.keys().any(|key| key.starts_with("r_")) || map.values().any(was_executed)
        }
        Value::Array(list) => list.iter().any(was_executed),
        _ => false,
    }
}

/// Keys that the related server prints in a table and this one does not.
const OF_OTHERS: [&str; 5] = [
    "cost_info",
    "rows_examined_per_scan",
    "rows_produced_per_join",
    "ordering_operation",
    "grouping_operation",
];

/// The related server prints other keys, and means other things by the same ones.
fn refuse_others(document: &Value) -> Result<(), PlanError> {
    let block = document.get("query_block");
    let other = document.get("query_plan").is_some()
        || document.get("inputs").is_some()
        || block.is_some_and(|block| has_any_key(block, &OF_OTHERS));
    if other { Err(other_server("its JSON form")) } else { Ok(()) }
}

fn has_any_key(value: &Value, keys: &[&str]) -> bool {
    match value {
        Value::Object(map) => {
            map.iter().any(|(key, inner)| keys.contains(&key.as_str()) || has_any_key(inner, keys))
        }
        Value::Array(list) => list.iter().any(|inner| has_any_key(inner, keys)),
        _ => false,
    }
}

/// `-> Filter: …  (cost=10.2 rows=5)`: its trees have one cost a node, and arrows from the root on.
fn refuse_tree(text: &str) -> Result<(), PlanError> {
    let named = text.lines().filter_map(|line| {
        let line =
            line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '*' | '>'));
        line.strip_prefix("EXPLAIN: ").unwrap_or(line).trim_start().strip_prefix("-> ")
    });
    let tree = named.take(3).any(|node| {
        let cost = node.split_once("(cost=").map(|(_, rest)| rest);
        let single = |cost: &str| {
            cost.split([' ', ')']).next().is_some_and(|cost| cost.parse::<f64>().is_ok())
        };
        cost.is_some_and(single)
            || node.starts_with("Table scan on ")
            || node.starts_with("Filter: ")
            || node.starts_with("Nested loop inner join")
    });
    if tree { Err(other_server("its tree form")) } else { Ok(()) }
}

fn other_server(form: &str) -> PlanError {
    PlanError::OtherServer(format!(
        "it is a plan of the MySQL server in {form}, which this version does not read; plans of \
         MariaDB it does"
    ))
}

/// The JSON in the text: alone, below the column's name, or in a row of a table.
fn document(text: &str) -> Result<Value, PlanError> {
    let start = text.find('{').ok_or_else(|| not_json("there is no JSON in it"))?;
    if !is_own(text) {
        return Err(not_json("it has no query_block"));
    }
    let end = text.rfind('}').filter(|end| *end > start);
    let end = end.ok_or_else(|| not_json("its JSON is cut off"))?;
    let body = text.get(start..=end).unwrap_or_default();
    read(body).or_else(|error| {
        // Clients in batch mode print line breaks as two characters; tables frame each line.
        let unescaped = body.replace("\\n", "\n");
        read(&unescaped)
            .or_else(|_| read(&without_frame(body)))
            .map_err(|_| malformed(text, start, &error))
    })
}

/// Braces stand in many texts; whose plan it is, is told by its keys.
fn is_own(text: &str) -> bool {
    ["query_block", "query_plan", "\"inputs\""].iter().any(|key| text.contains(key))
}

fn read(body: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(body)
}

fn without_frame(body: &str) -> String {
    let lines =
        body.lines().map(|line| line.trim_end().trim_end_matches('|').trim_start_matches('|'));
    lines.collect::<Vec<_>>().join("\n")
}

fn not_json(why: &str) -> PlanError {
    PlanError::NotAPlan(why.to_owned())
}

fn malformed(text: &str, start: usize, error: &serde_json::Error) -> PlanError {
    let before = text.get(..start).unwrap_or_default().matches('\n').count();
    PlanError::Malformed { line: before + error.line(), message: error.to_string() }
}
