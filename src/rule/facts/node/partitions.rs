//! What of a table's parts was read, and what came of it.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn partitions<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("parts", "count", "inputs that were read one after the other", |s: &S| {
            Some(s.parts().count() as f64)
        }),
        Fact::number(
            "parts_empty",
            "count",
            "of those, tables that were read and gave no row",
            |s: &S| Some(s.empty_parts().count() as f64),
        ),
        Fact::number("parts_empty_ms", "ms", "elapsed in those, at least", |s: &S| {
            let times = s.empty_parts().filter_map(|part| s.metrics_of(part)?.wall_ms);
            Some(times.map(|ms| ms.low).sum())
        }),
        Fact::number("parts_empty_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            let times = s.empty_parts().filter_map(|part| s.metrics_of(part)?.wall_ms);
            Some((times.map(|ms| ms.low).sum::<f64>() / total).min(1.0))
        }),
        Fact::number("parts_pruned", "count", "inputs left out when it began", |s: &S| {
            Some(s.node.subplans_removed.unwrap_or(0) as f64)
        }),
        Fact::text("parts_filter", "what is asked of the first empty one", |s: &S| {
            let first = s
                .empty_parts()
                .find_map(|part| part.filter.clone().or_else(|| part.index_cond.clone()));
            Some(first.unwrap_or_default())
        }),
    ]
}

impl<'a> S<'a> {
    fn parts(&self) -> impl Iterator<Item = &'a Node> {
        let append = self.is(NodeKind::Append);
        self.node.children.iter().filter(move |_| append)
    }

    /// Parts of tables that were executed in vain.
    fn empty_parts(&self) -> impl Iterator<Item = &'a Node> {
        self.parts().filter(|part| {
            let empty = self.metrics_of(part).is_some_and(|m| {
                m.executed && m.rows_total.is_some_and(|rows| rows.low == 0.0 && rows.high < 1.0)
            });
            empty && part.relation.is_some()
        })
    }
}
