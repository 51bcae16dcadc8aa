//! Scans of the partitions of one table, judged as one reading of the whole: whoever looks for a cause wants
//! one finding, not one for each part.

use crate::engine::{Catalog, Table};
use crate::plan::{Measurements, Metrics, Node, NodeId, NodeKind, removed_fraction};
use crate::stats::Interval;

/// Several scans of parts, as if they were one.
pub struct WholeScan<'c> {
    /// The first of them with the name of the whole.
    pub node: Node,
    /// Of all of them together.
    pub metrics: Metrics,
    pub table: &'c Table,
    pub parts: Vec<NodeId>,
}

/// Scans below one node that do the same to parts of the same table, for each two or more of them.
pub fn whole_scans<'c, 'p>(
    nodes: impl Iterator<Item = (&'p Node, Vec<&'p Node>)>,
    measurements: &Measurements,
    catalog: &'c Catalog,
) -> Vec<WholeScan<'c>> {
    let mut groups: Vec<(Key<'c>, Vec<&'p Node>)> = Vec::new();
    for (node, ancestors) in nodes {
        let Some(key) = Key::of(node, &ancestors, catalog) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, parts)) => parts.push(node),
            None => groups.push((key, vec![node])),
        }
    }
    let several = groups.into_iter().filter(|(_, parts)| parts.len() > 1);
    several.filter_map(|(key, parts)| together(&key, &parts, measurements)).collect()
}

struct Key<'c> {
    gatherer: NodeId,
    table: &'c Table,
    kind: NodeKind,
    /// What is checked of each row, without the part's name.
    filter: Option<String>,
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table)
            && (self.gatherer, self.kind, &self.filter)
                == (other.gatherer, other.kind, &other.filter)
    }
}

impl<'c> Key<'c> {
    fn of(node: &Node, ancestors: &[&Node], catalog: &'c Catalog) -> Option<Self> {
        if matches!(node.kind, NodeKind::BitmapIndexScan | NodeKind::Modify) {
            return None;
        }
        let part = catalog.table(node.schema.as_deref(), node.relation.as_deref()?)?;
        part.partition_of.as_ref()?;
        let gatherer = ancestors.iter().rev().find(|above| above.kind == NodeKind::Append)?;
        let alias = node.alias.as_deref().unwrap_or(&part.name);
        let bare = |filter: &String| filter.replace(&format!("{alias}."), "");
        Some(Key {
            gatherer: gatherer.id,
            table: catalog.whole(part),
            kind: node.kind,
            filter: node.filter.as_ref().map(bare),
        })
    }
}

fn together<'c>(
    key: &Key<'c>,
    parts: &[&Node],
    measurements: &Measurements,
) -> Option<WholeScan<'c>> {
    let first = parts.first()?;
    let metrics: Option<Vec<&Metrics>> =
        parts.iter().map(|part| measurements.nodes.get(part.id.0)).collect();
    let metrics = metrics?;
    let sum = |of: fn(&Metrics) -> Option<Interval>| {
        metrics.iter().filter_map(|part| of(part)).reduce(|all, one| all + one)
    };
    // Parts may be read at the same time: together they take no longer than what gathers them.
    let most = measurements.nodes.get(key.gatherer.0).and_then(|gatherer| gatherer.wall_ms);
    let bounded = |all: Option<Interval>| match (all, most) {
        (Some(all), Some(most)) => {
            Some(Interval::new(all.low.min(most.low), all.high.min(most.high)))
        }
        (all, _) => all,
    };
    let (rows, removed) = (sum(|m| m.rows_total), sum(|m| m.removed_total));
    let self_ms = bounded(sum(|m| m.self_ms));
    let share = |ms: Interval| {
        let total = measurements.total_ms.filter(|total| *total > 0.0)?;
        Some(Interval::new((ms.low / total).min(1.0), (ms.high / total).min(1.0)))
    };
    let whole = Metrics {
        executed: metrics.iter().any(|part| part.executed),
        loops: metrics.iter().map(|part| part.loops).fold(0.0, f64::max),
        cpu_ms: sum(|m| m.cpu_ms),
        wall_ms: bounded(sum(|m| m.wall_ms)),
        self_ms,
        self_share: self_ms.and_then(share),
        rows_total: rows,
        removed_total: removed,
        removed_fraction: removed.zip(rows).map(|(removed, rows)| removed_fraction(removed, rows)),
        self_buffers: None,
        misestimate: None,
        ..(*metrics.first()?).clone()
    };
    let node = Node {
        schema: Some(key.table.schema.clone()),
        relation: Some(key.table.name.clone()),
        ..(*first).clone()
    };
    let parts = parts.iter().map(|part| part.id).collect();
    Some(WholeScan { node, metrics: whole, table: key.table, parts })
}
