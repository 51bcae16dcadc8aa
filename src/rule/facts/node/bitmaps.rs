//! What went through bitmaps: blocks of which only the number was kept, and entries read to be thrown away.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::stats::Interval;

pub fn bitmaps<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "bitmap_blocks",
            "blocks",
            "heap blocks fetched through a bitmap, exact and lossy",
            |s: &S| Some(s.bitmap_blocks()),
        ),
        Fact::number(
            "bitmap_blocks_at_once",
            "blocks",
            "blocks that one bitmap had to hold: of a parallel scan, which counts those of one process, about as many for each",
            |s: &S| Some(s.bitmap_blocks_at_once()),
        ),
        Fact::number(
            "lossy_fraction",
            "ratio",
            "of those, blocks whose rows were all checked again because the bitmap had no room for them",
            |s: &S| {
                let lossy = s.node.lossy_heap_blocks.unwrap_or(0) as f64;
                Some(lossy / s.bitmap_blocks().max(1.0))
            },
        ),
        Fact::number(
            "rechecked_low",
            "rows",
            "fewest rows thrown away because they were only in a block of the bitmap",
            |s: &S| {
                let removed = &s.node.removed;
                let per_loop = removed.by_recheck.unwrap_or(0.0) - removed.rounding;
                Some(per_loop.max(0.0) * s.metrics.loops)
            },
        ),
        Fact::number(
            "combined_entries",
            "rows",
            "index entries read by bitmaps that were then intersected; 0 without",
            |s: &S| Some(s.intersection().map_or(0.0, |and| s.entries(and))),
        ),
        Fact::number(
            "smallest_bitmap",
            "rows",
            "entries of the smallest of those bitmaps",
            |s: &S| {
                let bitmaps = s.intersection().map(|and| and.children.as_slice());
                let sizes = bitmaps.unwrap_or_default().iter().filter_map(|b| s.rows_of(b));
                Some(sizes.reduce(f64::min).unwrap_or(0.0))
            },
        ),
        Fact::number("combined_ms", "ms", "elapsed in those bitmaps, at least", |s: &S| {
            match s.intersection() {
                Some(and) => s.metrics_of(and)?.wall_ms.map(|ms| ms.low),
                None => Some(0.0),
            }
        }),
        Fact::number("combined_share", "ratio", "that time / time of the query", |s: &S| {
            let Some(and) = s.intersection() else { return Some(0.0) };
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            s.metrics_of(and)?.wall_ms.map(|ms| (ms.low / total).min(1.0))
        }),
        Fact::list("combined_indexes", "the indexes they were read from", |s: &S| {
            let bitmaps = s.intersection().map(|and| and.children.as_slice());
            Some(bitmaps.unwrap_or_default().iter().filter_map(|b| b.index.clone()).collect())
        }),
        Fact::list(
            "searched_columns",
            "bare columns of the index conditions, equality before range",
            |s: &S| Some(s.filter.indexable_columns()),
        ),
    ]
}

impl<'a> S<'a> {
    fn bitmap_blocks(&self) -> f64 {
        let exact = self.node.exact_heap_blocks.unwrap_or(0);
        (exact + self.node.lossy_heap_blocks.unwrap_or(0)) as f64
    }

    /// Repeated scans count the blocks of all their bitmaps. Processes share one bitmap, and each counts its own blocks.
    fn bitmap_blocks_at_once(&self) -> f64 {
        let loops = self.metrics.loops.max(1.0);
        match self.node.parallel_aware {
            true => self.bitmap_blocks() * loops,
            false => self.bitmap_blocks() / loops,
        }
    }

    /// The intersection from which this bitmap heap scan takes its blocks.
    fn intersection(&self) -> Option<&'a Node> {
        let node = self.node;
        let mut inputs = node.children.iter().filter(|_| self.is(NodeKind::BitmapHeapScan));
        inputs.find(|input| input.kind == NodeKind::BitmapAnd)
    }

    fn entries(&self, and: &Node) -> f64 {
        and.children.iter().filter_map(|bitmap| self.rows_of(bitmap)).sum()
    }

    fn rows_of(&self, node: &Node) -> Option<f64> {
        self.metrics_of(node)?.rows_total.map(Interval::mid)
    }
}
