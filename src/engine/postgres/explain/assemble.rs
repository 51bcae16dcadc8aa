//! The tree of `Plans`, flattened and put together again without recursion.

use std::collections::HashMap;

use serde_json::Value;

use crate::plan::{Node, PlanError};

/// Nodes above each other. Far beyond any real plan; bounds the recursion of everything that
/// clones, compares or stores a tree.
pub const MAX_DEPTH: usize = 200;

/// A node's object, and where in the list its parent is.
pub struct Entry<'a> {
    pub value: &'a Value,
    pub parent: Option<usize>,
}

/// Every node object below `root`, parents before children and siblings in order.
pub fn flatten(root: &Value) -> Result<Vec<Entry<'_>>, PlanError> {
    let mut entries = vec![Entry { value: root, parent: None }];
    let mut depths = vec![1];
    let mut next = 0;
    while let Some(value) = entries.get(next).map(|entry| entry.value) {
        let depth = depths.get(next).copied().unwrap_or(MAX_DEPTH) + 1;
        for child in inputs(value) {
            if depth > MAX_DEPTH {
                return Err(too_deep());
            }
            entries.push(Entry { value: child, parent: Some(next) });
            depths.push(depth);
        }
        next += 1;
    }
    Ok(entries)
}

/// Hangs each node of `nodes` (in the order of [`flatten`]) on its parent.
pub fn assemble(mut nodes: Vec<Node>, parents: &[Option<usize>]) -> Option<Node> {
    for position in (1..nodes.len()).rev() {
        let child = nodes.pop()?;
        let parent = parents.get(position).copied().flatten()?;
        nodes.get_mut(parent)?.children.push(child);
    }
    let mut root = nodes.pop()?;
    restore_order(&mut root);
    root.number();
    Some(root)
}

/// As [`assemble`], of nodes in pre-order; each is made when its turn comes and its source dropped, so
/// that a large plan is never held twice.
pub fn assemble_in_preorder<T>(
    mut sources: Vec<(T, Option<usize>)>,
    made: impl Fn(T) -> Node,
) -> Option<Node> {
    let mut waiting: HashMap<usize, Vec<Node>> = HashMap::new();
    while let Some((source, parent)) = sources.pop() {
        let mut node = made(source);
        if let Some(mut children) = waiting.remove(&sources.len()) {
            children.reverse();
            node.children = children;
        }
        match parent {
            Some(parent) => waiting.entry(parent).or_default().push(node),
            None => {
                node.number();
                return Some(node);
            }
        }
    }
    None
}

/// Children were pushed last first.
fn restore_order(root: &mut Node) {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        node.children.reverse();
        pending.extend(node.children.iter_mut());
    }
}

fn inputs(node: &Value) -> &[Value] {
    node.get("Plans").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn too_deep() -> PlanError {
    PlanError::TooLarge(format!(
        "the plan is nested more than {MAX_DEPTH} nodes deep, which no planner produces; is the input intact?"
    ))
}
