//! The tree of a text plan while it is being read, line by line.
//!
//! Columns are not taken as the server sets them, since people indent plans anew, but they must agree
//! with each other: what belongs to one node stands in one column, right of the node's own.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::assemble::MAX_DEPTH;
use super::account::malformed;
use super::lines::Line;
use super::read::TextNode;
use crate::plan::PlanError;

pub struct Draft {
    /// Of the input, counted from 1.
    pub line: usize,
    pub keys: Map<String, Value>,
    pub workers: BTreeMap<usize, Map<String, Value>>,
    pub parent: Option<usize>,
    /// Nodes that feed this one; subplans are none.
    pub inputs: usize,
    depth: usize,
    /// Of its arrow.
    column: usize,
    /// Where its properties and the arrows of its inputs stand, once one was seen.
    content: Option<usize>,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`: announces the next node.
    announced: Option<String>,
}

impl Draft {
    pub fn node_type(&self) -> &str {
        self.keys.get("Node Type").and_then(Value::as_str).unwrap_or_default()
    }

    /// How far a line is set in behind this node's properties.
    pub fn inset(&self, column: usize) -> usize {
        column.saturating_sub(self.content.unwrap_or(column))
    }

    /// `column` is the node's own, or left of it.
    pub fn is_at_or_left_of(&self, column: usize) -> bool {
        column <= self.column
    }

    /// `column` is left of what belongs to the node.
    pub fn ends_before(&self, column: usize) -> bool {
        self.content.is_some_and(|content| column < content)
    }

    pub fn has_content(&self) -> bool {
        self.content.is_some()
    }
}

pub struct Drafts {
    nodes: Vec<Draft>,
    /// The node that the line before belonged to. What stands below an ancestor's own line is never a
    /// node's further down.
    current: usize,
}

impl Drafts {
    pub fn root(keys: Map<String, Value>, line: &Line) -> Self {
        Drafts { nodes: vec![draft(keys, None, 1, line)], current: 0 }
    }

    pub fn all(&self) -> &[Draft] {
        &self.nodes
    }

    pub fn all_mut(&mut self) -> &mut [Draft] {
        &mut self.nodes
    }

    /// Hangs the node whose arrow begins `line` on the node that its column belongs to.
    pub fn add(&mut self, mut keys: Map<String, Value>, line: &Line) -> Result<(), PlanError> {
        let parent = self.owner(line.column).ok_or_else(|| self.unplaced(line))?;
        let depth = self.nodes[parent].depth + 1;
        if depth > MAX_DEPTH {
            return Err(PlanError::TooLarge(format!(
                "the plan is nested more than {MAX_DEPTH} nodes deep, which no planner produces"
            )));
        }
        let announced = self.nodes[parent].announced.is_some();
        let inset = self.nodes[parent].inset(line.column) > 0;
        if inset != announced {
            return Err(misplaced(line));
        }
        self.relate(parent, &mut keys);
        self.compact(self.current);
        self.current = self.nodes.len();
        self.nodes.push(draft(keys, Some(parent), depth, line));
        Ok(())
    }

    /// A map grows by doubling; what it holds too much counts in a plan of very many nodes.
    fn compact(&mut self, position: usize) {
        if let Some(draft) = self.nodes.get_mut(position) {
            draft.keys = std::mem::take(&mut draft.keys).into_iter().collect();
        }
    }

    /// Announces a subplan.
    pub fn announce(&mut self, line: &Line) -> Result<(), PlanError> {
        let owner = self.property_owner(line)?;
        self.nodes[owner].announced = Some(line.text.clone());
        Ok(())
    }

    /// The node that `line`, a property, tells about.
    pub fn owner_mut(&mut self, line: &Line) -> Result<&mut Draft, PlanError> {
        let position = self.property_owner(line)?;
        Ok(&mut self.nodes[position])
    }

    /// What is set in further belongs to a property of the node of the line before, such as a worker's.
    fn property_owner(&mut self, line: &Line) -> Result<usize, PlanError> {
        let owner = self.owner(line.column).ok_or_else(|| self.unplaced(line))?;
        if owner != self.current && self.nodes[owner].inset(line.column) > 0 {
            return Err(misplaced(line));
        }
        self.current = owner;
        Ok(owner)
    }

    fn unplaced(&self, line: &Line) -> PlanError {
        let inside = self.nodes.first().is_some_and(|root| line.column > root.column);
        if inside { misplaced(line) } else { indentation_lost(line) }
    }

    /// The nearest node above, left of `column`; its first line below tells where its others stand.
    /// `None` left of what the root holds, or between two columns.
    fn owner(&mut self, column: usize) -> Option<usize> {
        let mut candidate = Some(self.current);
        while let Some(position) = candidate {
            let node = self.nodes.get_mut(position)?;
            if column > node.column {
                let content = *node.content.get_or_insert(column);
                return (content <= column).then_some(position);
            }
            candidate = node.parent;
        }
        None
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
                input_relationship(parent.node_type(), parent.inputs)
            }
        };
        keys.insert("Parent Relationship".to_owned(), relationship.into());
    }

    /// The nodes in the order of the text, each behind its parent.
    pub fn finish(self) -> Vec<TextNode> {
        let finished =
            |node: Draft| TextNode { keys: finished(node.keys, node.workers), parent: node.parent };
        self.nodes.into_iter().map(finished).collect()
    }
}

fn draft(keys: Map<String, Value>, parent: Option<usize>, depth: usize, line: &Line) -> Draft {
    Draft {
        line: line.number,
        keys,
        workers: BTreeMap::new(),
        parent,
        inputs: 0,
        depth,
        column: line.column,
        content: None,
        announced: None,
    }
}

fn finished(
    mut keys: Map<String, Value>,
    workers: BTreeMap<usize, Map<String, Value>>,
) -> Map<String, Value> {
    if !workers.is_empty() {
        let list = workers.into_iter().map(|(number, mut worker)| {
            worker.insert("Worker Number".to_owned(), number.into());
            Value::Object(worker)
        });
        keys.insert("Workers".to_owned(), list.collect());
    }
    keys
}

fn input_relationship(parent: &str, inputs: usize) -> &'static str {
    match parent {
        "Append" | "Merge Append" | "BitmapAnd" | "BitmapOr" => "Member",
        "Subquery Scan" => "Subquery",
        _ if inputs > 1 => "Inner",
        _ => "Outer",
    }
}

fn misplaced(line: &Line) -> PlanError {
    malformed(
        line.number,
        "it stands in no column of a node above it, so whose it is cannot be known; was the \
         indentation changed, or a line broken? Paste it unchanged, or use EXPLAIN (…, FORMAT JSON)",
    )
}

fn indentation_lost(line: &Line) -> PlanError {
    malformed(
        line.number,
        "its indentation is lost, so which node feeds which cannot be known; \
         paste it unchanged, or use EXPLAIN (…, FORMAT JSON)",
    )
}
