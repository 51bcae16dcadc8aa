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

/// The related server prints other keys, and means other things by the same ones.
fn refuse_others(document: &Value) -> Result<(), PlanError> {
    let other = document.get("query_plan").is_some()
        || document.get("inputs").is_some()
        || document.pointer("/query_block/cost_info").is_some();
    match other {
        true => Err(PlanError::NotAPlan(
            "it is a plan of the MySQL server, which this version does not read; plans of MariaDB \
             it does"
                .to_owned(),
        )),
        false => Ok(()),
    }
}

/// The JSON in the text: alone, below the column's name, or in a row of a table.
fn document(text: &str) -> Result<Value, PlanError> {
    let start = text.find('{').ok_or_else(|| not_json("there is no JSON in it"))?;
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
