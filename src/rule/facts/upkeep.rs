//! Facts about the upkeep of tables, indexes and foreign keys: room that is lost, rows that are dead, types that differ.

use crate::engine::Table;

use super::fact::Fact;
use super::site::{ForeignKeySite, IndexSite, TableSite};

const BLOCK: f64 = 8192.0;
const BLOCK_HEADER: f64 = 24.0;
/// Header of a row in a table with its pointer, and of an entry in an index with its.
const AROUND_ROW: f64 = 28.0;
const AROUND_ENTRY: f64 = 12.0;
/// How full a built index is.
const FILLED: f64 = 0.9;

pub fn table_facts<'a>() -> Vec<Fact<TableSite<'a>>> {
    type S<'a> = TableSite<'a>;
    vec![
        Fact::flag("is_table", "a plain table: no view, no whole of partitions", |s: &S| {
            Some(s.table.kind == "table")
        }),
        Fact::flag("is_partition", "it is a part of a partitioned table", |s: &S| {
            Some(s.table.partition_of.is_some())
        }),
        Fact::flag("has_key", "a primary key or a unique index tells its rows apart", |s: &S| {
            let whole = |index: &crate::engine::Index| index.predicate.is_none() && index.valid;
            Some(s.table.indexes.iter().any(|i| (i.primary || i.unique) && whole(i)))
        }),
        Fact::number("indexes", "count", "its indexes", |s: &S| Some(s.table.indexes.len() as f64)),
        Fact::number(
            "empty_bytes",
            "bytes",
            "its size beyond what its rows need, a tenth to spare",
            |s: &S| {
                let needed = needed_bytes(s.table)?;
                Some((s.table.bytes as f64 - needed).max(0.0))
            },
        ),
        Fact::number("empty_ratio", "ratio", "its size / what its rows need", |s: &S| {
            Some(s.table.bytes as f64 / needed_bytes(s.table)?.max(BLOCK))
        }),
        Fact::number("dead_rows", "rows", "rows that are deleted and still take room", |s: &S| {
            s.table.statistics.dead_rows
        }),
        Fact::number("dead_fraction", "ratio", "dead / dead and live rows", |s: &S| {
            let dead = s.table.statistics.dead_rows?;
            let live = s.table.statistics.live_rows.unwrap_or(s.table.rows);
            Some(dead / (dead + live).max(1.0))
        }),
        Fact::number(
            "updates",
            "rows",
            "rows updated since the server's statistics were reset",
            |s: &S| s.table.activity.rows_updated.map(|rows| rows as f64),
        ),
        Fact::number(
            "updates_with_indexes",
            "ratio",
            "of those, updates that had to write every index",
            |s: &S| {
                let all = s.table.activity.rows_updated? as f64;
                let spared = s.table.activity.rows_updated_hot? as f64;
                Some((1.0 - spared / all.max(1.0)).clamp(0.0, 1.0))
            },
        ),
    ]
}

pub fn index_facts<'a>() -> Vec<Fact<IndexSite<'a>>> {
    type S<'a> = IndexSite<'a>;
    vec![
        Fact::flag("is_ordered", "it is an ordered index of all rows of its table", |s: &S| {
            Some(s.index.method == "btree" && s.index.predicate.is_none())
        }),
        Fact::number(
            "empty_bytes",
            "bytes",
            "its size beyond what its entries need; unknown without the widths of its keys",
            |s: &S| Some((s.index.bytes as f64 - s.needed_bytes()?).max(0.0)),
        ),
        Fact::number("empty_ratio", "ratio", "its size / what its entries need", |s: &S| {
            Some(s.index.bytes as f64 / s.needed_bytes()?.max(2.0 * BLOCK))
        }),
    ]
}

pub fn foreign_key_facts<'a>() -> Vec<Fact<ForeignKeySite<'a>>> {
    type S<'a> = ForeignKeySite<'a>;
    vec![
        Fact::list(
            "mismatched",
            "columns of another type than those they refer to, with both types",
            |s: &S| Some(s.mismatched()),
        ),
        Fact::number("table_rows", "rows", "rows of the referring table", |s: &S| {
            Some(s.on.table.rows.max(0.0))
        }),
    ]
}

/// Bytes of a table of whose columns all widths are known.
fn needed_bytes(table: &Table) -> Option<f64> {
    let widths = table.columns.iter().map(|column| column.average_width);
    let width: f64 = widths.sum::<Option<f64>>()?;
    let room = (BLOCK - BLOCK_HEADER) / (padded(width) + AROUND_ROW);
    Some((table.rows.max(0.0) / room.max(1.0) * 1.1).ceil() * BLOCK)
}

fn padded(width: f64) -> f64 {
    (width / 8.0).ceil() * 8.0
}

impl IndexSite<'_> {
    fn needed_bytes(&self) -> Option<f64> {
        let keys = self.index.keys.iter().map(|key| key.column.as_deref());
        let included = self.index.include.iter().map(|name| Some(name.as_str()));
        let width = |name: Option<&str>| self.on.table.column(name?)?.average_width;
        let width: f64 = keys.chain(included).map(width).sum::<Option<f64>>()?;
        let entry = (padded(width) + AROUND_ENTRY) / FILLED;
        Some((self.on.table.rows.max(0.0) * entry / (BLOCK - BLOCK_HEADER)).ceil() * BLOCK)
    }
}

impl ForeignKeySite<'_> {
    fn mismatched(&self) -> Vec<String> {
        let catalog = &self.on.catalog.run.catalog;
        let key = self.key;
        let other = catalog.table(Some(&key.referenced_schema), &key.referenced_table);
        let pairs = key.columns.iter().zip(&key.referenced_columns);
        let differ = pairs.filter_map(|(own, referenced)| {
            let own = self.on.table.column(own)?;
            let referenced = other?.column(referenced)?;
            let bare = |name: &str| name.split('(').next().unwrap_or(name).trim().to_owned();
            (bare(&own.data_type) != bare(&referenced.data_type))
                .then(|| format!("{} ({} for {})", own.name, own.data_type, referenced.data_type))
        });
        differ.collect()
    }
}
