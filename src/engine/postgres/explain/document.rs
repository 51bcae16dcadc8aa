//! The document around a plan: times, planning, triggers, JIT, settings.

use std::mem;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::assemble::{assemble, objects};
use super::evidence::evidence_of;
use super::fields::Fields;
use super::node::node;
use super::parts;
use super::precision::precision_of;
use super::text::TextPlan;
use crate::plan::{Buffers, Jit, Node, Plan, PlanError, Relationship, Serialization, Trigger};

/// Columns under which clients hand out the document as a row.
const ROW_KEYS: [&str; 3] = ["QUERY PLAN", "query plan", "query_plan"];

/// Reads what EXPLAIN (FORMAT JSON) returns: a list of documents, one document, or a bare node.
/// Of several documents (a statement rewritten by rules) the first is read, and the others are
/// counted in `extra` under `Further Plans`.
pub fn from_json(value: Value) -> Result<Plan, PlanError> {
    let (mut document, further) = first_document(value)?;
    if !document.contains_key("Plan") && document.contains_key("Node Type") {
        return Ok(surroundings(root_node(document.into())?, &mut Fields::of(&Map::new())));
    }
    let root = match document.get_mut("Plan") {
        Some(root @ Value::Object(_)) => root_node(mem::take(root))?,
        _ => return Err(not_a_plan("the JSON has no \"Plan\" key")),
    };
    let mut fields = Fields::of(&document);
    fields.ignore("Plan");
    let mut plan = surroundings(root, &mut fields);
    plan.extra = fields.rest();
    if further > 0 {
        plan.extra.insert("Further Plans".to_owned(), further.into());
    }
    Ok(plan)
}

/// A plan read from text.
pub fn from_text(text: TextPlan) -> Plan {
    let mut root = text.root;
    root.relationship = Relationship::Root;
    let mut fields = Fields::of(&text.surroundings);
    let mut plan = surroundings(root, &mut fields);
    plan.extra = fields.rest();
    plan.notices = text.notices;
    plan
}

fn first_document(value: Value) -> Result<(Map<String, Value>, usize), PlanError> {
    match value {
        Value::Array(items) => {
            let further = items.len().saturating_sub(1);
            let first = items.into_iter().next();
            let first = first.ok_or_else(|| not_a_plan("the JSON list is empty"))?;
            let (document, nested) = first_document_object(first)?;
            Ok((document, nested + further))
        }
        _ => first_document_object(value),
    }
}

fn first_document_object(value: Value) -> Result<(Map<String, Value>, usize), PlanError> {
    let Value::Object(mut object) = value else {
        return Err(not_a_plan("the JSON holds no object"));
    };
    let row = ROW_KEYS.iter().find(|key| object.contains_key(**key));
    match row.and_then(|key| object.get_mut(*key)).map(mem::take) {
        Some(Value::Array(rows)) => {
            let further = rows.len().saturating_sub(1);
            match rows.into_iter().next() {
                Some(Value::Object(first)) => Ok((first, further)),
                _ => Err(not_a_plan("its list is empty")),
            }
        }
        Some(Value::Object(inner)) => Ok((inner, 0)),
        _ => Ok((object, 0)),
    }
}

fn root_node(value: Value) -> Result<Node, PlanError> {
    let precision = precision_of(objects(&value)?.into_iter());
    let mut root = assemble(value, |keys| node(keys, precision))?;
    root.relationship = Relationship::Root;
    root.number();
    Ok(root)
}

fn surroundings(root: Node, fields: &mut Fields) -> Plan {
    let planning = fields.object("Planning");
    let (planning_buffers, planning_memory_bytes) = planning.map_or((None, None), planning_use);
    Plan {
        evidence: evidence_of(&root),
        execution_ms: fields.number("Execution Time").or_else(|| fields.number("Total Runtime")),
        planning_ms: fields.number("Planning Time"),
        planning_buffers,
        planning_memory_bytes,
        settings: fields.object("Settings").map(settings).unwrap_or_default(),
        triggers: triggers(fields.array("Triggers").unwrap_or_default()),
        jit: fields.object("JIT").map(jit),
        serialization: fields.object("Serialization").map(serialization),
        query_text: fields.text("Query Text"),
        query_id: query_id(fields),
        notices: Vec::new(),
        extra: IndexMap::new(),
        root,
    }
}

fn planning_use(object: &Map<String, Value>) -> (Option<Buffers>, Option<u64>) {
    let mut fields = Fields::of(object);
    let memory = fields.count("Memory Used").map(|kb| kb.saturating_mul(1024));
    (parts::buffers(&mut fields), memory)
}

fn settings(object: &Map<String, Value>) -> IndexMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn triggers(list: &[Value]) -> Vec<Trigger> {
    list.iter()
        .filter_map(Value::as_object)
        .map(|object| trigger(&mut Fields::of(object)))
        .collect()
}

fn trigger(fields: &mut Fields) -> Trigger {
    Trigger {
        name: fields.text("Trigger Name"),
        constraint: fields.text("Constraint Name"),
        relation: fields.text("Relation"),
        total_ms: fields.number("Time").unwrap_or(0.0),
        calls: fields.number("Calls").unwrap_or(0.0),
    }
}

fn jit(object: &Map<String, Value>) -> Jit {
    let mut fields = Fields::of(object);
    let total = fields.object("Timing").and_then(|timing| Fields::of(timing).number("Total"));
    Jit { functions: fields.number("Functions").unwrap_or(0.0), total_ms: total.unwrap_or(0.0) }
}

fn serialization(object: &Map<String, Value>) -> Serialization {
    let mut fields = Fields::of(object);
    Serialization {
        total_ms: fields.number("Time").unwrap_or(0.0),
        output_bytes: fields.count("Output Volume").unwrap_or(0).saturating_mul(1024),
        format: fields.text("Format").unwrap_or_default(),
    }
}

/// A signed 64-bit number, which must not pass through a float.
fn query_id(fields: &mut Fields) -> Option<String> {
    fields.text("Query Identifier").or_else(|| fields.integer("Query Identifier"))
}

pub fn not_a_plan(reason: &str) -> PlanError {
    PlanError::NotAPlan(reason.to_owned())
}
