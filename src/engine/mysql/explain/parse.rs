//! From whatever a user pastes to a plan.

use serde::Deserialize;
use serde_json::Value;

use super::block::query_block;
use super::fields::Fields;
use super::tabular;
use crate::plan::{Evidence, Plan, PlanError, Relationship};

/// A plan of ten thousand nodes takes about 10 MB.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// Two brackets a join of a plan, and no statement joins more than a few hundred tables in one block.
const MAX_DEPTH: usize = 1_000;

/// Reads one `ANALYZE FORMAT=JSON` or `EXPLAIN FORMAT=JSON`, bare or as a client frames it, or the table of
/// plain EXPLAIN or ANALYZE.
pub fn parse(text: &str) -> Result<Plan, PlanError> {
    if text.trim().is_empty() {
        return Err(PlanError::Empty);
    }
    if tabular::looks_like_table(text) {
        return match tabular::is_of_mysql(text) {
            true => Err(PlanError::NotAPlan("it is a table of MySQL's EXPLAIN".to_owned())),
            false => tabular::read(text),
        };
    }
    from_json(json(text)?)
}

/// Reads the document itself.
pub fn from_json(document: Value) -> Result<Plan, PlanError> {
    match is_of_mysql(&document) {
        true => {
            Err(PlanError::NotAPlan("it is a plan of the MySQL server in its JSON form".to_owned()))
        }
        false => blocks(document),
    }
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

fn has_any_key(value: &Value, keys: &[&str]) -> bool {
    match value {
        Value::Object(map) => {
            map.iter().any(|(key, inner)| keys.contains(&key.as_str()) || has_any_key(inner, keys))
        }
        Value::Array(list) => list.iter().any(|inner| has_any_key(inner, keys)),
        _ => false,
    }
}

/// Reads one JSON document of the related server, by the same frames.
pub fn json(text: &str) -> Result<Value, PlanError> {
    if text.len() > MAX_BYTES {
        return Err(PlanError::NotAPlan("it is larger than any plan".to_owned()));
    }
    document(text)
}

/// The plan of a document whose tables stand in query blocks.
pub fn blocks(document: Value) -> Result<Plan, PlanError> {
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

/// Whether the keys are those that only the related server prints.
pub fn is_of_mysql(document: &Value) -> bool {
    let block = document.get("query_block");
    document.get("query_plan").is_some()
        || document.get("inputs").is_some()
        || document.get("operation").is_some()
        || block.is_some_and(|block| has_any_key(block, &OF_OTHERS))
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
    ["query_block", "query_plan", "\"operation\""].iter().any(|key| text.contains(key))
}

/// Joins of sixty tables nest deeper than the reader's own limit; [`MAX_DEPTH`] stands in for it.
fn read(body: &str) -> Result<Value, serde_json::Error> {
    if nesting(body) > MAX_DEPTH {
        return serde_json::from_str(body);
    }
    let mut deserializer = serde_json::Deserializer::from_str(body);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end().map(|()| value)
}

/// Brackets open at once, those inside quotes included: an upper bound.
fn nesting(body: &str) -> usize {
    let mut depth = 0usize;
    body.bytes().fold(0, |deepest, byte| {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest.max(depth)
    })
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
