//! What a node needed of memory, and what it wrote to disk.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;

pub fn memory<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = sorts();
    facts.extend(hashes());
    facts.extend(groups());
    facts.extend(disk());
    facts
}

fn sorts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("sort_on_disk", "the sort did not fit in memory", |s: &S| {
            Some(s.node.sort.as_ref().is_some_and(|sort| sort.on_disk) || s.worker_sort_kb() > 0)
        }),
        Fact::number(
            "sort_bytes",
            "bytes",
            "space the largest single sort took, in memory or on disk",
            |s: &S| {
                let own = s.node.sort.as_ref().and_then(|sort| sort.space_kb);
                own.map(|kb| kb.max(s.worker_sort_kb()) as f64 * 1024.0)
            },
        ),
        Fact::number(
            "sort_bytes_together",
            "bytes",
            "space the sorts of all processes took together",
            |s: &S| {
                let sorts = s.node.workers.iter().filter_map(|worker| worker.sort.as_ref());
                let sizes = sorts.chain(&s.node.sort).filter_map(|sort| sort.space_kb);
                Some(sizes.map(|kb| kb as f64).sum::<f64>() * 1024.0)
            },
        ),
        Fact::number("sort_processes", "count", "processes that sorted a part each", |s: &S| {
            let workers = s.node.workers.iter().filter(|worker| worker.sort.is_some()).count();
            Some((workers + usize::from(s.node.sort.is_some())).max(1) as f64)
        }),
    ]
}

fn hashes<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "hash_batches",
            "count",
            "parts the hash table was split into; 1 fits in memory",
            |s: &S| s.node.hash.as_ref().and_then(|hash| hash.batches).map(|n| n as f64),
        ),
        Fact::number("hash_batches_planned", "count", "parts the planner expected", |s: &S| {
            let hash = s.node.hash.as_ref()?;
            hash.original_batches.or(hash.batches).map(|n| n as f64)
        }),
        Fact::number(
            "hash_bytes",
            "bytes",
            "memory the whole hash table would have taken",
            |s: &S| hash_bytes(s.node),
        ),
        Fact::number(
            "hash_memory_multiple",
            "ratio",
            "how many times work_mem a hash may take; 1 where neither setting nor version is known",
            |s: &S| Some(s.hash_memory_multiple()),
        ),
    ]
}

fn groups<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("aggregate_spilled", "groups were written to disk", |s: &S| {
            Some(structure::aggregate_spilled(s.node))
        }),
        Fact::number("aggregate_disk_bytes", "bytes", "size of the groups on disk", |s: &S| {
            s.node.aggregate.as_ref().map(|a| a.disk_kb.unwrap_or(0) as f64 * 1024.0)
        }),
        Fact::number(
            "aggregate_bytes",
            "bytes",
            "memory all groups would have taken at once",
            |s: &S| aggregate_bytes(s.node),
        ),
    ]
}

fn disk<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "temp_blocks",
            "blocks",
            "temporary blocks it wrote and read itself",
            |s: &S| s.metrics.self_buffers.map(|b| (b.temp_read + b.temp_written) as f64),
        ),
        Fact::number(
            "spill_share",
            "ratio",
            "own time of what wrote to disk (for a hash: with the join above it) / time of the query; in a plan without times its temporary blocks / all blocks",
            |s: &S| s.spill_share(),
        ),
    ]
}

/// Rows with what each takes in the table. Peak memory times batches is more than that: it holds the
/// buckets each time, and batches are unequal where many rows share a key.
fn hash_bytes(node: &Node) -> Option<f64> {
    /// Header of a row, pointer to the next one, its hash value, and a place or two in the buckets.
    const AROUND_ROW: f64 = 48.0;
    let hash = node.hash.as_ref()?;
    let peak = hash.peak_memory_kb? as f64 * 1024.0;
    let most = peak * hash.batches.unwrap_or(1).max(1) as f64;
    let by_rows = node.actual.zip(node.plan_width).map(|(actual, width)| {
        let shared = if node.parallel_aware { actual.loops.max(1.0) } else { 1.0 };
        actual.rows * shared * (AROUND_ROW + (width / 8.0).ceil() * 8.0)
    });
    Some(by_rows.map_or(most, |bytes| bytes.max(peak).min(most)))
}

/// Memory taken and written out together is too little: rows on disk carry none of what a group needs in
/// memory (its place in the table, its header, the state of each aggregate). So the groups are counted
/// as well, with their width.
fn aggregate_bytes(node: &Node) -> Option<f64> {
    const AROUND_GROUP: f64 = 144.0;
    let aggregate = node.aggregate.as_ref()?;
    let kb = aggregate.peak_memory_kb.unwrap_or(0) + aggregate.disk_kb.unwrap_or(0);
    let groups = node
        .actual
        .zip(node.plan_width)
        .map_or(0.0, |(actual, width)| actual.rows * (AROUND_GROUP + width));
    Some((kb as f64 * 1024.0).max(groups))
}

impl S<'_> {
    fn hash_memory_multiple(&self) -> f64 {
        const SETTING: &str = "hash_mem_multiplier";
        /// The major version since which the default is 2.
        const DOUBLED: u32 = 15;
        let listed = self.plan.settings.get(SETTING).cloned();
        let around = self.query.around;
        let in_run = || {
            let settings = &around.run?.settings;
            settings.iter().find(|setting| setting.name == SETTING).map(|s| s.value.clone())
        };
        let set = listed.or_else(in_run).and_then(|text| text.trim().parse::<f64>().ok());
        let major = around.server().map(|server| server.version_number[0]);
        let by_version = || if major.is_some_and(|major| major >= DOUBLED) { 2.0 } else { 1.0 };
        set.filter(|multiple| *multiple >= 1.0).unwrap_or_else(by_version)
    }

    fn spill_share(&self) -> Option<f64> {
        let join = self.parent_metrics().filter(|_| self.is(NodeKind::Hash));
        if let Some(own) = self.metrics.self_ms {
            let total = self.measurements.total_ms.filter(|total| *total > 0.0)?;
            let above = join.and_then(|join| join.self_ms).map_or(0.0, |ms| ms.low);
            return Some(((own.low + above) / total).min(1.0));
        }
        let parts = [Some(self.metrics), join].into_iter().flatten();
        let temp: u64 = parts
            .filter_map(|metrics| metrics.self_buffers)
            .map(|b| b.temp_read + b.temp_written)
            .sum();
        let all = self.plan.root.buffers?;
        let whole = all.shared_hit + all.shared_read + all.temp_read + all.temp_written;
        (whole > 0).then(|| (temp as f64 / whole as f64).min(1.0))
    }
}
