//! A common table expression computed whole, and filtered where it is read.

use crate::plan::{Ancestry, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn ctes<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("cte", "common table expression it reads, empty for others", |s: &S| {
            let reads = s.is(NodeKind::CteScan);
            Some(s.node.source.clone().filter(|_| reads).unwrap_or_default())
        }),
        Fact::flag(
            "cte_could_be_inlined",
            "a common table expression read here only, that neither repeats itself nor changes rows",
            |s: &S| Some(s.reads_inlinable()),
        ),
    ]
}

impl S<'_> {
    /// Asked only of scans that throw many rows away: finding all scans of a body walks the plan.
    fn reads_inlinable(&self) -> bool {
        const WORTH_A_WALK: f64 = 1_000.0;
        let removed = self.metrics.removed_total.map_or(0.0, |removed| removed.high);
        if !self.is(NodeKind::CteScan) || removed < WORTH_A_WALK {
            return false;
        }
        let tree = Ancestry::of(self.plan);
        let Some(body) = tree.cte_body(self.node.id) else { return false };
        let kept_apart = tree.subtree(body).filter_map(|id| tree.kind(id)).any(|kind| {
            matches!(kind, NodeKind::Recursive | NodeKind::Modify | NodeKind::LockRows)
        });
        !kept_apart && tree.cte_scans(body).len() == 1
    }
}
