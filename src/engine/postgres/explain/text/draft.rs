//! The tree of a text plan while it is being read, line by line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::assemble::MAX_DEPTH;
use crate::plan::PlanError;

/// A node's arrow is followed by two blanks and its properties stand two further in.
const PROPERTIES_BEHIND_ARROW: usize = 6;
const PROPERTIES_OF_ROOT: usize = 2;

pub struct Draft {
    pub keys: Map<String, Value>,
    pub workers: BTreeMap<usize, Map<String, Value>>,
    parent: Option<usize>,
    depth: usize,
    properties_column: usize,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`: announces the next node.
    announced: Option<String>,
    inputs: usize,
}

#[derive(Default)]
pub struct Drafts {
    nodes: Vec<Draft>,
}

impl Drafts {
    pub fn root(keys: Map<String, Value>) -> Self {
        Drafts { nodes: vec![draft(keys, None, 1, PROPERTIES_OF_ROOT)] }
    }

    /// Hangs the node whose arrow stands in `column` on the node that column belongs to.
    pub fn add(&mut self, mut keys: Map<String, Value>, column: usize) -> Result<(), PlanError> {
        let parent = self.owner(column).ok_or_else(indentation_lost)?;
        let depth = self.nodes[parent].depth + 1;
        if depth > MAX_DEPTH {
            return Err(PlanError::TooLarge(format!(
                "the plan is nested more than {MAX_DEPTH} nodes deep, which no planner produces"
            )));
        }
        self.relate(parent, &mut keys);
        let properties = column + PROPERTIES_BEHIND_ARROW;
        self.nodes.push(draft(keys, Some(parent), depth, properties));
        Ok(())
    }

    /// Announces a subplan in `column`.
    pub fn announce(&mut self, column: usize, name: &str) {
        if let Some(owner) = self.owner(column) {
            self.nodes[owner].announced = Some(name.to_owned());
        }
    }

    /// The node that a line in `column` tells about: the nearest above whose properties start there
    /// or further left.
    fn owner(&self, column: usize) -> Option<usize> {
        let mut candidate = self.nodes.len().checked_sub(1);
        while let Some(position) = candidate {
            let node = self.nodes.get(position)?;
            if node.properties_column <= column {
                return Some(position);
            }
            candidate = node.parent;
        }
        None
    }

    pub fn owner_mut(&mut self, column: usize) -> Option<&mut Draft> {
        let position = self.owner(column)?;
        self.nodes.get_mut(position)
    }

    pub fn all_mut(&mut self) -> &mut [Draft] {
        &mut self.nodes
    }

    fn relate(&mut self, parent: usize, keys: &mut Map<String, Value>) {
        let parent = &mut self.nodes[parent];
        let relationship = match parent.announced.take() {
            Some(name) => {
                let kind = if name.starts_with("SubPlan") { "SubPlan" } else { "InitPlan" };
                keys.insert("Subplan Name".to_owned(), name.into());
                kind
            }
            None => {
                parent.inputs += 1;
                input_relationship(&parent.keys, parent.inputs)
            }
        };
        keys.insert("Parent Relationship".to_owned(), relationship.into());
    }

    /// The whole tree as one JSON value.
    pub fn finish(self) -> Value {
        let mut values: Vec<Value> = Vec::with_capacity(self.nodes.len());
        let mut parents = Vec::with_capacity(self.nodes.len());
        for node in self.nodes {
            parents.push(node.parent);
            values.push(finished(node.keys, node.workers));
        }
        let mut inputs: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        while let Some(mut value) = values.pop() {
            let position = values.len();
            if let Some(mut children) = inputs.remove(&position) {
                children.reverse();
                value["Plans"] = children.into();
            }
            match parents.get(position).copied().flatten() {
                Some(parent) => inputs.entry(parent).or_default().push(value),
                None => return value,
            }
        }
        Value::Null
    }
}

impl Draft {
    /// How far a line is set in behind this node's properties.
    pub fn inset(&self, column: usize) -> usize {
        column.saturating_sub(self.properties_column)
    }
}

fn draft(keys: Map<String, Value>, parent: Option<usize>, depth: usize, column: usize) -> Draft {
    Draft {
        keys,
        workers: BTreeMap::new(),
        parent,
        depth,
        properties_column: column,
        announced: None,
        inputs: 0,
    }
}

fn finished(mut keys: Map<String, Value>, workers: BTreeMap<usize, Map<String, Value>>) -> Value {
    if !workers.is_empty() {
        let list = workers.into_iter().map(|(number, mut worker)| {
            worker.insert("Worker Number".to_owned(), number.into());
            Value::Object(worker)
        });
        keys.insert("Workers".to_owned(), list.collect());
    }
    Value::Object(keys)
}

fn input_relationship(parent: &Map<String, Value>, inputs: usize) -> &'static str {
    match parent.get("Node Type").and_then(Value::as_str) {
        Some("Append" | "Merge Append" | "BitmapAnd" | "BitmapOr") => "Member",
        Some("Subquery Scan") => "Subquery",
        _ if inputs > 1 => "Inner",
        _ => "Outer",
    }
}

fn indentation_lost() -> PlanError {
    PlanError::NotAPlan(
        "its indentation is lost, so which node feeds which cannot be known; \
         paste it unchanged, or use EXPLAIN (…, FORMAT JSON)"
            .to_owned(),
    )
}
