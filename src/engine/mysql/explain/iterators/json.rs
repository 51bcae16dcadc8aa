//! The same tree as JSON: version 2 of the form, bare (8.3 to 9.6) or inside `query_plan` (9.7 and later).

use serde_json::{Map, Value};

use super::step::{Run, Step};
use crate::engine::mysql::explain::{CONSIDERED, WARNINGS};
use crate::plan::{Plan, PlanError};

pub fn is_iterator_json(document: &Value) -> bool {
    document.get("query_plan").is_some_and(Value::is_object)
        || (document.get("operation").is_some() && document.get("query_block").is_none())
}

pub fn read(mut document: Value) -> Result<Plan, PlanError> {
    let mut take = |key: &str| {
        let value = document.as_object_mut().and_then(|map| map.remove(key))?;
        Some((key.to_owned(), value))
    };
    let beside = [take(STATUS), take(WARNINGS), take(CONSIDERED)];
    let root = match document.get_mut("query_plan") {
        Some(plan) => plan.take(),
        None => document,
    };
    let Value::Object(root) = root else {
        return Err(PlanError::NotAPlan("its query_plan is no object".to_owned()));
    };
    let mut plan = super::plan(step(root)?);
    plan.extra.extend(beside.into_iter().flatten());
    Ok(plan)
}

/// What our own session counted while the plan was measured.
const STATUS: &str = "Status";

fn step(mut map: Map<String, Value>) -> Result<Step, PlanError> {
    let operation = text(&mut map, "operation")
        .ok_or_else(|| PlanError::NotAPlan("an operation of its plan has no name".to_owned()))?;
    if operation.starts_with("<not executable") {
        return Err(PlanError::NotAPlan(NOT_EXECUTABLE.to_owned()));
    }
    let inputs = inputs(&mut map)?;
    let run = run(&mut map);
    let step = Step {
        operation,
        heading: text(&mut map, "heading"),
        first_row_cost: number(&mut map, "estimated_first_row_cost"),
        total_cost: number(&mut map, "estimated_total_cost"),
        rows: number(&mut map, "estimated_rows"),
        run,
        schema: text(&mut map, "schema_name"),
        table: text(&mut map, "table_name"),
        details: map
            .into_iter()
            .filter(|(key, value)| !value.is_null() && !OF_THE_STATEMENT.contains(&key.as_str()))
            .collect(),
        inputs,
    };
    Ok(step)
}

/// Some changes of one table run without iterators.
const NOT_EXECUTABLE: &str = "the server has no plan in this form for the statement; explain it with \
                              SET explain_json_format_version = 1 and FORMAT=JSON, or with FORMAT=TRADITIONAL";

/// What the bare form has beside the root operation.
const OF_THE_STATEMENT: [&str; 3] = ["query", "query_type", "json_schema_version"];

/// Every list of operations: `inputs`, `inputs_from_select_list`, and what later versions add.
fn inputs(map: &mut Map<String, Value>) -> Result<Vec<Step>, PlanError> {
    let holds = |value: &Value| {
        value.as_array().is_some_and(|list| {
            !list.is_empty() && list.iter().all(|item| item.get("operation").is_some())
        })
    };
    let keys: Vec<String> =
        map.iter().filter(|(_, value)| holds(value)).map(|(key, _)| key.clone()).collect();
    let mut inputs = Vec::new();
    // Plain inputs first: the others are subqueries.
    for key in
        keys.iter().filter(|key| *key == "inputs").chain(keys.iter().filter(|key| *key != "inputs"))
    {
        let Some(Value::Array(list)) = map.shift_remove(key) else { continue };
        for item in list {
            if let Value::Object(item) = item {
                inputs.push(step(item)?);
            }
        }
    }
    Ok(inputs)
}

/// Nulls where it was never executed; no keys where it was only planned.
fn run(map: &mut Map<String, Value>) -> Option<Run> {
    if !map.contains_key("actual_loops") && !map.contains_key("actual_rows") {
        return None;
    }
    let first_ms = number(map, "actual_first_row_ms");
    let last_ms = number(map, "actual_last_row_ms");
    let rows = number(map, "actual_rows").unwrap_or(0.0);
    let loops = number(map, "actual_loops").unwrap_or(0.0);
    for key in ["actual_first_row_ms", "actual_last_row_ms", "actual_rows", "actual_loops"] {
        map.shift_remove(key);
    }
    Some(Run { first_ms, last_ms, rows, loops, ..Run::default() })
}

fn number(map: &mut Map<String, Value>, key: &str) -> Option<f64> {
    let number = map.get(key)?.as_f64().filter(|number| number.is_finite() && *number >= 0.0)?;
    map.shift_remove(key);
    Some(number)
}

fn text(map: &mut Map<String, Value>, key: &str) -> Option<String> {
    let text = map.get(key)?.as_str()?.to_owned();
    map.shift_remove(key);
    Some(text)
}
