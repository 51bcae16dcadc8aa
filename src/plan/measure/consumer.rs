//! Which node asked for an init plan's value first, and so spent its time.

use super::charges::time_of;
use crate::plan::{Ancestry, Node, NodeId, NodeKind, Relationship};
use crate::stats::Interval;

/// The node whose conditions name the value, else the one whose output does, else the lowest with
/// room for its time. Values that parallel workers use are computed before these are started.
pub fn consumer(tree: &Ancestry, wall: &[Interval], top: NodeId) -> Option<NodeId> {
    let parent = tree.parent(top)?;
    let names = &tree.node(top)?.value_names;
    let found = first(tree, parent, |node| conditions(node).any(|text| mentions(text, names)))
        .or_else(|| first(tree, parent, |node| node.output.iter().any(|t| mentions(t, names))))
        .or_else(|| with_room(tree, wall, parent, time_of(wall, top)));
    Some(outside_workers(tree, found.unwrap_or(parent), parent))
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

fn first(tree: &Ancestry, parent: NodeId, asks: impl Fn(&Node) -> bool) -> Option<NodeId> {
    let ran = |node: &&Node| node.actual.is_some_and(|actual| actual.loops > 0.0);
    stream(tree, parent).find(|id| tree.node(*id).filter(ran).is_some_and(&asks))
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

/// `$1` is not mentioned by `$12`.
fn mentions(text: &str, names: &[String]) -> bool {
    names.iter().filter(|name| !name.is_empty()).any(|name| {
        text.match_indices(name.as_str()).any(|(start, found)| {
            let after = text.get(start + found.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_ascii_digit())
        })
    })
}

fn outside_workers(tree: &Ancestry, found: NodeId, parent: NodeId) -> NodeId {
    let path = tree.above(found).take_while(|above| *above >= parent);
    let gathers = path.filter(|above| tree.kind(*above) == Some(NodeKind::Gather));
    gathers.last().unwrap_or(found)
}
