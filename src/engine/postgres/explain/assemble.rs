//! The tree of `Plans`, made node by node without recursion.

use std::mem;
use std::vec::IntoIter;

use serde_json::{Map, Value};

use super::document::not_a_plan;
use crate::plan::{Node, PlanError};

/// Nodes above each other. Far beyond any real plan; bounds the recursion of everything that
/// clones, compares or stores a tree.
pub const MAX_DEPTH: usize = 200;

/// A node whose inputs are not all made yet.
struct Begun {
    keys: Map<String, Value>,
    inputs: IntoIter<Value>,
    children: Vec<Node>,
}

/// Every node object below `root`, parents before children. Refuses a tree that is too deep.
pub fn objects(root: &Value) -> Result<Vec<&Value>, PlanError> {
    let mut found = Vec::new();
    let mut pending = vec![(root, 1)];
    while let Some((value, depth)) = pending.pop() {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        found.push(value);
        let inputs = value.get("Plans").and_then(Value::as_array);
        pending.extend(inputs.into_iter().flatten().rev().map(|input| (input, depth + 1)));
    }
    Ok(found)
}

/// The nodes of `root`, whose depth was looked at. Each object is dropped when its node is made, so that
/// a large plan is never held twice.
pub fn assemble(
    root: Value,
    made: impl Fn(&Map<String, Value>) -> Node,
) -> Result<Node, PlanError> {
    let mut begun = vec![begin(root)?];
    loop {
        let current = begun.last_mut().ok_or_else(|| not_a_plan("it has no nodes"))?;
        if let Some(input) = current.inputs.next() {
            let input = begin(input)?;
            begun.push(input);
            continue;
        }
        let Some(Begun { keys, mut children, .. }) = begun.pop() else { continue };
        let mut node = made(&keys);
        children.shrink_to_fit();
        node.children = children;
        match begun.last_mut() {
            Some(parent) => parent.children.push(node),
            None => return Ok(node),
        }
    }
}

fn begin(value: Value) -> Result<Begun, PlanError> {
    let Value::Object(mut keys) = value else {
        return Err(not_a_plan("an entry of \"Plans\" is not an object"));
    };
    let inputs = match keys.get_mut("Plans") {
        Some(Value::Array(inputs)) => mem::take(inputs),
        _ => Vec::new(),
    };
    Ok(Begun { keys, inputs: inputs.into_iter(), children: Vec::new() })
}

fn too_deep() -> PlanError {
    PlanError::TooLarge(format!(
        "the plan is nested more than {MAX_DEPTH} nodes deep, which no planner produces; is the input intact?"
    ))
}
