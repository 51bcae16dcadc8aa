//! Which node asked for an init plan's value first, and so spent its time.

use std::collections::HashMap;

use super::charges::time_of;
use crate::plan::{Ancestry, Node, NodeId, NodeKind, Relationship};
use crate::stats::Interval;

/// Who names which value, found once for all values that are computed beside one node.
pub struct Consumers<'a> {
    tree: &'a Ancestry<'a>,
    wall: &'a [Interval],
    by_parent: HashMap<NodeId, Named>,
}

/// By value: the first node of the stream that names it in a condition, or in its output.
#[derive(Default)]
struct Named {
    conditions: HashMap<String, Place>,
    output: HashMap<String, Place>,
}

/// A node, and how many of its stream ask before it.
type Place = (usize, NodeId);

impl<'a> Consumers<'a> {
    pub fn of(tree: &'a Ancestry<'a>, wall: &'a [Interval]) -> Self {
        Consumers { tree, wall, by_parent: HashMap::new() }
    }

    /// The node whose conditions name the value, else the one whose output does, else the lowest with
    /// room for its time. Values that parallel workers use are computed before these are started.
    pub fn of_value(&mut self, top: NodeId) -> Option<NodeId> {
        let parent = self.tree.parent(top)?;
        let names = &self.tree.node(top)?.value_names;
        let tree = self.tree;
        let named = self.by_parent.entry(parent).or_insert_with(|| named(tree, parent));
        let first = |by_name: &HashMap<String, Place>| {
            names.iter().filter_map(|name| by_name.get(name)).min().map(|(_, id)| *id)
        };
        let found = first(&named.conditions)
            .or_else(|| first(&named.output))
            .or_else(|| with_room(self.tree, self.wall, parent, time_of(self.wall, top)));
        Some(outside_workers(self.tree, found.unwrap_or(parent), parent))
    }
}

fn named(tree: &Ancestry, parent: NodeId) -> Named {
    let mut named = Named::default();
    let ran = |node: &&Node| node.actual.is_some_and(|actual| actual.loops > 0.0);
    for (before, id) in stream(tree, parent).enumerate() {
        let Some(node) = tree.node(id).filter(ran) else { continue };
        for name in conditions(node).flat_map(values_in) {
            named.conditions.entry(name.to_owned()).or_insert((before, id));
        }
        for name in node.output.iter().flat_map(|text| values_in(text)) {
            named.output.entry(name.to_owned()).or_insert((before, id));
        }
    }
    named
}

/// The values that a text names: `$1`, or `(InitPlan 1)` with what follows the bracket left out.
fn values_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(['$', '(']).filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        match rest.strip_prefix('$') {
            Some(number) => {
                let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
                (digits > 0).then(|| &rest[..=digits])
            }
            None => {
                let end = rest.starts_with("(InitPlan ").then(|| rest.find(')')).flatten()?;
                rest.get(..=end)
            }
        }
    })
}

/// Nodes of `parent`'s own stream, children before parents: the order in which they ask.
fn stream(tree: &Ancestry, parent: NodeId) -> impl Iterator<Item = NodeId> {
    let mut streaming = Vec::new();
    let mut pending = vec![parent];
    while let Some(id) = pending.pop() {
        streaming.push(id);
        let inside = |child: &&NodeId| {
            tree.node(**child).is_some_and(|node| node.relationship != Relationship::InitPlan)
        };
        pending.extend(tree.children(id).iter().filter(inside));
    }
    streaming.into_iter().rev()
}

/// The parent if it has time of its own to hold it, else the lowest node that has.
fn with_room(
    tree: &Ancestry,
    wall: &[Interval],
    parent: NodeId,
    needed: Interval,
) -> Option<NodeId> {
    let room = |id: NodeId| {
        let children: Interval = stream_children(tree, id).map(|c| time_of(wall, c)).sum();
        time_of(wall, id).high - children.low >= needed.low
    };
    Some(parent).filter(|id| room(*id)).or_else(|| stream(tree, parent).find(|id| room(*id)))
}

pub fn stream_children<'a>(
    tree: &'a Ancestry,
    id: NodeId,
) -> impl Iterator<Item = NodeId> + use<'a> {
    tree.children(id).iter().copied().filter(|child| {
        tree.node(*child).is_some_and(|node| node.relationship != Relationship::InitPlan)
    })
}

fn conditions(node: &Node) -> impl Iterator<Item = &str> {
    let fields = [
        &node.filter,
        &node.index_cond,
        &node.recheck_cond,
        &node.join_cond,
        &node.join_filter,
        &node.one_time_filter,
    ];
    let keys = node.sort.iter().flat_map(|sort| sort.keys.iter().map(String::as_str));
    let groups = node.aggregate.iter().flat_map(|a| a.group_keys.iter().map(String::as_str));
    let unnamed = node.extra.values().filter_map(|value| value.as_str());
    fields.into_iter().flatten().map(String::as_str).chain(keys).chain(groups).chain(unnamed)
}

fn outside_workers(tree: &Ancestry, found: NodeId, parent: NodeId) -> NodeId {
    let path = tree.above(found).take_while(|above| *above >= parent);
    let gathers = path.filter(|above| tree.kind(*above) == Some(NodeKind::Gather));
    gathers.last().unwrap_or(found)
}
