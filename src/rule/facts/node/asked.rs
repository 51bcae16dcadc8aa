//! What several facts ask of a node.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::predicate::ordered_index_on;
use crate::rule::facts::site::NodeSite;
use crate::rule::facts::{sort, structure};
use crate::sql::{Predicate, PredicateKind};
use crate::stats::Interval;

impl NodeSite<'_> {
    pub fn is(&self, kind: NodeKind) -> bool {
        self.node.kind == kind
    }

    /// Name of the base table concerned: its own, or its only input's.
    pub fn relation(&self) -> Option<&str> {
        structure::reads_base_table(self.node).and_then(|scan| scan.relation.as_deref())
    }

    pub fn wall_share(&self) -> Option<f64> {
        let total = self.measurements.total_ms.filter(|total| *total > 0.0)?;
        self.metrics.wall_ms.map(|ms| (ms.low / total).min(1.0))
    }

    pub fn input_rows(&self) -> Interval {
        let metrics = |node: &Node| self.measurements.nodes.get(node.id.0);
        let inputs = self.node.children.iter().filter_map(metrics);
        inputs.filter_map(|m| m.rows_total).sum()
    }

    /// Columns the finding turns on: filtered by, then sorted by.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = self.filter.columns();
        for column in sort::key_columns(self.node).unwrap_or_default() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    pub fn searched(&self, kind: PredicateKind) -> String {
        let found = self.filter.first(kind);
        let name = |p: &Predicate| p.column.as_ref().map_or(p.text.clone(), |c| c.name.clone());
        found.map(name).unwrap_or_default()
    }

    pub fn index_on(&self, column: Option<String>) -> Option<String> {
        ordered_index_on(self.table?, &column?).map(|index| index.name.clone())
    }

    /// The largest sort that one parallel worker wrote to disk.
    pub fn worker_sort_kb(&self) -> u64 {
        let sorts = self.node.workers.iter().filter_map(|worker| worker.sort.as_ref());
        sorts.filter(|sort| sort.on_disk).filter_map(|sort| sort.space_kb).max().unwrap_or(0)
    }
}
