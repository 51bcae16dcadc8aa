//! What a join did: how often its inner side ran, and which pairs it threw away.

use crate::plan::{Node, NodeKind, Relationship};
use crate::sql::Operand;

use super::site::NodeSite;
use super::structure::{is_table_access, reads_base_table};

impl<'a> NodeSite<'a> {
    /// Fewest pairs the join filter can have thrown away, over all loops.
    pub fn join_removed_low(&self) -> Option<f64> {
        let per_loop = self.node.removed.by_join_filter?;
        Some((per_loop - self.node.removed.rounding).max(0.0) * self.metrics.loops)
    }

    /// The inner side looks for rows by a value of the outer row, so that each loop reads others.
    pub fn inner_is_searched(&self) -> bool {
        let Some(inner) = self.input(Relationship::Inner) else { return false };
        // Read once: nothing was searched again.
        if self.metrics_of(inner).is_none_or(|metrics| metrics.loops <= 1.0) {
            return false;
        }
        let mut pending = vec![inner];
        while let Some(node) = pending.pop() {
            if self.is_searched_by_outer(node) {
                return true;
            }
            pending.extend(&node.children);
        }
        false
    }

    fn is_searched_by_outer(&self, node: &Node) -> bool {
        let conditions = [&node.index_cond, &node.recheck_cond, &node.filter];
        let dialect = self.query.around.engine.dialect();
        let mut predicates =
            conditions.into_iter().flatten().flat_map(|condition| dialect.predicates(condition));
        let reads = is_table_access(node.kind) || node.kind == NodeKind::BitmapIndexScan;
        reads
            && predicates.any(|p| match &p.operand {
                Operand::Column(column) => column.qualifier != node.alias,
                Operand::Expression(text) => text.contains('.'),
                _ => false,
            })
    }

    /// The base table of the inner side.
    pub fn inner_relation(&self) -> Option<&'a str> {
        let inner = self.input(Relationship::Inner)?;
        reads_base_table(inner).and_then(|scan| scan.relation.as_deref())
    }
}
