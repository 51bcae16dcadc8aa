//! What a node needed of memory, and what it wrote to disk.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;

pub fn memory<'a>() -> Vec<Fact<S<'a>>> {
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
            "hash_batches",
            "count",
            "parts the hash table was split into; 1 fits in memory",
            |s: &S| s.node.hash.as_ref().and_then(|hash| hash.batches).map(|n| n as f64),
        ),
        Fact::number(
            "hash_bytes",
            "bytes",
            "memory the whole hash table would have taken",
            |s: &S| {
                let hash = s.node.hash.as_ref()?;
                Some(hash.peak_memory_kb? as f64 * 1024.0 * hash.batches.unwrap_or(1) as f64)
            },
        ),
        Fact::flag("aggregate_spilled", "groups were written to disk", |s: &S| {
            Some(structure::aggregate_spilled(s.node))
        }),
        Fact::number("aggregate_disk_bytes", "bytes", "size of the groups on disk", |s: &S| {
            s.node.aggregate.as_ref().map(|a| a.disk_kb.unwrap_or(0) as f64 * 1024.0)
        }),
        Fact::number(
            "aggregate_bytes",
            "bytes",
            "memory the groups took, and their size on disk",
            |s: &S| {
                let aggregate = s.node.aggregate.as_ref()?;
                let kb = aggregate.peak_memory_kb.unwrap_or(0) + aggregate.disk_kb.unwrap_or(0);
                Some(kb as f64 * 1024.0)
            },
        ),
        Fact::number(
            "temp_blocks",
            "blocks",
            "temporary blocks it wrote and read itself",
            |s: &S| s.metrics.self_buffers.map(|b| (b.temp_read + b.temp_written) as f64),
        ),
    ]
}
