//! Scans of partitions taken together as one reading of the whole.

use crate::engine::Table;
use crate::plan::{Node, NodeId, NodeKind};

use super::types::Access;

/// The name that nodes above the gathering of partitions use: theirs are numbered, `r_1`, `r_2`, ….
pub fn outer_alias<'p>(alias: &'p str, part: &Table, path: &[&Node]) -> &'p str {
    let numbered = alias.rsplit_once('_').filter(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    match numbered {
        Some((outer, _)) if gathered_by(part, path).is_some() => outer,
        _ => alias,
    }
}

/// The node that puts the partitions together again; `None` where only one is read, or for no partition.
pub fn gathered_by(part: &Table, path: &[&Node]) -> Option<NodeId> {
    part.partition_of.as_ref()?;
    let append = path.iter().rev().find(|node| node.kind == NodeKind::Append)?;
    Some(append.id)
}

/// One access for all partitions that one node gathers. The server drops conditions that hold for a
/// whole partition, so the one with most of them speaks for all.
pub fn fold<'a>(found: impl Iterator<Item = (Option<NodeId>, Access<'a>)>) -> Vec<Access<'a>> {
    let mut folded: Vec<(Option<NodeId>, Access<'a>)> = Vec::new();
    for (gatherer, access) in found {
        let same = folded.iter_mut().find(|(known, other)| {
            gatherer.is_some() && *known == gatherer && std::ptr::eq(other.table, access.table)
        });
        match same {
            Some((_, other)) => join(other, access),
            None => folded.push((gatherer, access)),
        }
    }
    folded.into_iter().map(|(_, access)| access).collect()
}

fn join<'a>(known: &mut Access<'a>, other: Access<'a>) {
    let kept = known.kept.zip(other.kept).map(|(a, b)| a + b);
    let whole_table = known.whole_table || other.whole_table;
    if other.restrictions.len() > known.restrictions.len() {
        *known = other;
    }
    (known.kept, known.whole_table) = (kept, whole_table);
}
