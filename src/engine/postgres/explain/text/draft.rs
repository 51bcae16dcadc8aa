//! The tree of a text plan while it is being read, line by line.
//!
//! Columns are not taken as the server sets them, since people indent plans anew, but they must agree
//! with each other: what belongs to one node stands in one column, right of the node's own.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::super::assemble::MAX_DEPTH;
use super::super::node::node;
use super::super::precision::Precision;
use super::account::malformed;
use super::lines::Line;
use super::omitted::{self, Seen};
use crate::plan::{Node, PlanError};

pub struct Draft {
    /// Of the input, counted from 1.
    pub line: usize,
    /// One text for all nodes of a type.
    node_type: Rc<str>,
    /// Its line has estimates.
    pub estimated: bool,
    /// Its line has actual figures.
    pub executed: bool,
    pub parent: Option<usize>,
    /// Nodes that feed this one; subplans are none.
    pub inputs: usize,
    depth: usize,
    /// Of its arrow.
    column: usize,
    /// Where its properties and the arrows of its inputs stand, once one was seen.
    content: Option<usize>,
    /// What further lines can add to. `None` once the node was made of it.
    open: Option<Box<Open>>,
}

/// A node's own lines as read so far: far larger than the node that is made of them.
#[derive(Default)]
pub struct Open {
    pub keys: Map<String, Value>,
    pub workers: BTreeMap<usize, Map<String, Value>>,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`: announces the next node.
    announced: Option<String>,
    children: Vec<Node>,
}

impl Draft {
    pub fn node_type(&self) -> &str {
        &self.node_type
    }

    pub fn open(&mut self) -> &mut Open {
        self.open.get_or_insert_default()
    }

    fn is_announced(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.announced.is_some())
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
    types: HashSet<Rc<str>>,
    pub seen: Seen,
    /// Made last.
    root: Option<Node>,
    /// The node that the line before belonged to. What stands below an ancestor's own line is never a
    /// node's further down.
    current: usize,
}

impl Drafts {
    pub fn root(keys: Map<String, Value>, line: &Line) -> Self {
        let mut drafts = Drafts {
            nodes: Vec::new(),
            types: HashSet::new(),
            seen: Seen::default(),
            root: None,
            current: 0,
        };
        drafts.begin(keys, None, 1, line);
        drafts
    }

    pub fn all(&self) -> &[Draft] {
        &self.nodes
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
        let announced = self.nodes[parent].is_announced();
        let inset = self.nodes[parent].inset(line.column) > 0;
        if inset != announced {
            return Err(misplaced(line));
        }
        self.relate(parent, &mut keys);
        self.current = self.nodes.len();
        self.begin(keys, Some(parent), depth, line);
        Ok(())
    }

    fn begin(
        &mut self,
        keys: Map<String, Value>,
        parent: Option<usize>,
        depth: usize,
        line: &Line,
    ) {
        let node_type = keys.get("Node Type").and_then(Value::as_str).unwrap_or_default();
        let node_type = self.types.get(node_type).cloned().unwrap_or_else(|| node_type.into());
        self.types.insert(node_type.clone());
        self.nodes.push(Draft {
            line: line.number,
            node_type,
            estimated: keys.contains_key("Total Cost"),
            executed: keys.contains_key("Actual Loops"),
            parent,
            inputs: 0,
            depth,
            column: line.column,
            content: None,
            open: Some(Box::new(Open { keys, ..Open::default() })),
        });
    }

    /// Makes the node, to which no further line can belong, and hangs it on its parent, which is open
    /// still: children end before their parents and in the order of the text.
    fn close(&mut self, position: usize) {
        let Some(draft) = self.nodes.get_mut(position) else { return };
        let (Some(open), parent) = (draft.open.take(), draft.parent) else { return };
        let Open { mut keys, workers, mut children, .. } = *open;
        omitted::restore(&mut keys);
        self.seen.note(&keys);
        let mut made = node(&finished(keys, workers), Precision::INTEGERS);
        children.shrink_to_fit();
        made.children = children;
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.open().children.push(made),
            None => self.root = Some(made),
        }
    }

    /// Announces a subplan.
    pub fn announce(&mut self, line: &Line) -> Result<(), PlanError> {
        let owner = self.property_owner(line)?;
        self.nodes[owner].open().announced = Some(line.text.clone().into_owned());
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
            if candidate.is_some() {
                self.close(position);
            }
        }
        None
    }

    fn relate(&mut self, parent: usize, keys: &mut Map<String, Value>) {
        let parent = &mut self.nodes[parent];
        let relationship = match parent.open().announced.take() {
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

    /// The whole tree.
    pub fn finish(mut self) -> Option<Node> {
        let mut last = self.nodes.len().checked_sub(1);
        while let Some(position) = last {
            self.close(position);
            last = self.nodes.get(position)?.parent;
        }
        let mut root = self.root?;
        self.seen.complete(&mut root);
        root.number();
        Some(root)
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
