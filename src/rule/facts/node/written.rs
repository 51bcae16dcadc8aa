//! Rows that were written, and those that were only looked at.

use serde_json::Value;

use crate::plan::NodeKind;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

/// Bytes of a whole block in the log.
const BLOCK: f64 = 8192.0;

pub fn written<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("conflicts", "rows", "rows of an INSERT that were there already", |s: &S| {
            Some(s.counted_extra("Conflicting Tuples"))
        }),
        Fact::number("inserted", "rows", "rows that an INSERT or MERGE added", |s: &S| {
            Some(s.counted_extra("Tuples Inserted"))
        }),
        Fact::number("skipped", "rows", "rows that a MERGE did nothing with", |s: &S| {
            Some(s.counted_extra("Tuples Skipped"))
        }),
        Fact::number("merged", "rows", "rows that a MERGE added, changed or deleted", |s: &S| {
            let kinds = ["Tuples Inserted", "Tuples Updated", "Tuples Deleted"];
            Some(kinds.iter().map(|kind| s.counted_extra(kind)).sum())
        }),
        Fact::number("log_bytes", "bytes", "write-ahead log of it and all below it", |s: &S| {
            Some(s.node.wal.as_ref().map_or(0.0, |wal| wal.bytes as f64))
        }),
        Fact::number(
            "log_images_share",
            "ratio",
            "of that, whole blocks written because they were first changed after a checkpoint",
            |s: &S| {
                let wal = s.node.wal.as_ref();
                Some(wal.map_or(0.0, |wal| {
                    let images = wal.full_page_images as f64 * BLOCK;
                    (images / (wal.bytes as f64).max(1.0)).min(1.0)
                }))
            },
        ),
        Fact::text(
            "relation_written",
            "the table it changes, empty for what changes none",
            |s: &S| {
                let written = s.node.relation.clone().filter(|_| s.is(NodeKind::Modify));
                Some(written.unwrap_or_default())
            },
        ),
        Fact::flag("is_write", "adds, changes or deletes rows", |s: &S| {
            Some(s.is(NodeKind::Modify))
        }),
    ]
}

impl S<'_> {
    fn counted_extra(&self, key: &str) -> f64 {
        self.node.extra.get(key).and_then(Value::as_f64).unwrap_or(0.0)
    }
}
