//! How large an index will be when freshly built. B-trees keep equal keys once with a list of row
//! pointers ("deduplication", 13+), which hypothetical indexes ignore: they come out 1.4 to 3.7
//! times too large on low-cardinality keys.
//!
//! Page layout and the limits below: the server's nbtree and storage documentation.

use crate::engine::{Column, IndexDefinition, KeySubject, Table};

use super::services::base_type;

const PAGE: f64 = 8192.0;
/// Page header and the B-tree's own area at the end of a page.
const PAGE_OVERHEAD: f64 = 24.0 + 16.0;
const LINE_POINTER: f64 = 4.0;
const TUPLE_HEADER: usize = 8;
/// A header and a bitmap that says so.
const NULL_ENTRY: f64 = 16.0;
const ROW_POINTER: f64 = 6.0;
/// A build keeps lists of row pointers below a tenth of a page.
const LONGEST_POSTING: f64 = 812.0;
const LEAF_FILL: f64 = 0.90;
const INNER_FILL: f64 = 0.70;
/// An expression's values are rarely longer than this, whatever column they are taken from.
const EXPRESSION_WIDTH: usize = 24;
const UNKNOWN_WIDTH: usize = 16;
const BRIN_PAGES_PER_RANGE: f64 = 128.0;

/// Types whose equal values may differ in bytes, so that they are never stored once.
const NEVER_DEDUPLICATED: &[&str] =
    &["numeric", "real", "double precision", "jsonb", "interval", "record"];

pub fn modelled_bytes(index: &IndexDefinition, table: &Table, rows: f64) -> Option<u64> {
    let pages = match index.method.as_str() {
        "btree" => btree_pages(index, table, rows),
        "brin" => brin_pages(table),
        "hash" => hash_pages(rows),
        _ => return None,
    };
    Some((pages * PAGE) as u64)
}

fn btree_pages(index: &IndexDefinition, table: &Table, rows: f64) -> f64 {
    let key = tuple_bytes(index.keys.iter().map(|key| width(&key.subject, table)));
    let carried = index.include.iter().map(|c| width(&KeySubject::Column(c.clone()), table));
    let entry = tuple_bytes(index.keys.iter().map(|key| width(&key.subject, table)).chain(carried));
    let nulls = rows * null_fraction(index, table);
    let null_entry = NULL_ENTRY.min(entry as f64);
    let leaf_bytes = if deduplicates(index, table) {
        let distinct = distinct_keys(index, table, rows - nulls);
        deduplicated_bytes(rows - nulls, distinct, key as f64)
            + deduplicated_bytes(nulls, 1.0, null_entry)
    } else {
        (rows - nulls) * (entry as f64 + LINE_POINTER) + nulls * (null_entry + LINE_POINTER)
    };
    let high_key = entry as f64 + LINE_POINTER;
    let usable = PAGE - PAGE_OVERHEAD - PAGE * (1.0 - LEAF_FILL) - high_key;
    let leaves = (leaf_bytes / usable).ceil().max(1.0);
    // One page in front says where the root is.
    1.0 + leaves + inner_pages(leaves, key as f64)
}

/// Share of entries that hold nothing but NULL; only told for a single key.
fn null_fraction(index: &IndexDefinition, table: &Table) -> f64 {
    match index.keys.as_slice() {
        [key] if index.include.is_empty() && index.predicate.is_none() => {
            column_of(&key.subject, table).and_then(|c| c.null_fraction).unwrap_or(0.0)
        }
        _ => 0.0,
    }
}

fn inner_pages(mut below: f64, key: f64) -> f64 {
    let fanout =
        ((PAGE - PAGE_OVERHEAD - PAGE * (1.0 - INNER_FILL)) / (key + LINE_POINTER)).max(2.0);
    let mut inner = 0.0;
    while below > 1.0 {
        below = (below / fanout).ceil();
        inner += below;
    }
    inner
}

/// Bytes of all leaf entries when every distinct key is kept once per full list of row pointers.
fn deduplicated_bytes(rows: f64, distinct: f64, key: f64) -> f64 {
    if rows < 1.0 {
        return 0.0;
    }
    let per_key = rows / distinct.max(1.0);
    let longest = ((LONGEST_POSTING - key) / ROW_POINTER).floor().max(1.0);
    let full = (per_key / longest).floor();
    let rest = per_key - full * longest;
    let posting = |pointers: f64| {
        let list = if pointers > 1.0 { pointers * ROW_POINTER } else { 0.0 };
        aligned((key + list).ceil() as usize, 8) as f64 + LINE_POINTER
    };
    let rest_bytes = if rest > 0.0 { posting(rest) * rest.min(1.0) } else { 0.0 };
    distinct.max(1.0) * (full * posting(longest) + rest_bytes)
}

/// Distinct combinations, taking the columns as independent.
fn distinct_keys(index: &IndexDefinition, table: &Table, rows: f64) -> f64 {
    let product = index.keys.iter().fold(1.0, |product: f64, key| {
        let distinct = column_of(&key.subject, table).and_then(|c| c.distinct);
        (product * distinct.unwrap_or(rows).max(1.0)).min(rows.max(1.0))
    });
    product.max(1.0)
}

fn deduplicates(index: &IndexDefinition, table: &Table) -> bool {
    index.include.is_empty()
        && index.keys.iter().all(|key| match column_of(&key.subject, table) {
            Some(column) => may_deduplicate(&column.data_type),
            None => true,
        })
}

fn may_deduplicate(data_type: &str) -> bool {
    let base = base_type(data_type);
    !NEVER_DEDUPLICATED.contains(&base) && !data_type.ends_with("[]") && !base.ends_with("range")
}

/// Width and alignment of a key's values.
fn width(subject: &KeySubject, table: &Table) -> (usize, usize) {
    match subject {
        KeySubject::Column(_) => column_of(subject, table).map_or((UNKNOWN_WIDTH, 8), column_width),
        KeySubject::Expression(text) => (expression_width(text, table), 1),
    }
}

fn column_width(column: &Column) -> (usize, usize) {
    match base_type(&column.data_type) {
        "smallint" => (2, 2),
        "integer" | "date" | "real" | "oid" => (4, 4),
        "boolean" => (1, 1),
        "bigint" | "double precision" => (8, 8),
        name if name.starts_with("timestamp") || name == "money" => (8, 8),
        _ => (column.average_width.map_or(UNKNOWN_WIDTH, |w| w.ceil() as usize), 1),
    }
}

fn expression_width(text: &str, table: &Table) -> usize {
    let widest = table
        .columns
        .iter()
        .filter(|column| text.contains(column.name.as_str()))
        .filter_map(|column| column.average_width)
        .fold(0.0, f64::max);
    if widest > 0.0 { (widest as usize).min(EXPRESSION_WIDTH) } else { UNKNOWN_WIDTH }
}

fn tuple_bytes(values: impl Iterator<Item = (usize, usize)>) -> usize {
    let end = values.fold(TUPLE_HEADER, |end, (width, alignment)| aligned(end, alignment) + width);
    aligned(end, 8)
}

fn aligned(bytes: usize, alignment: usize) -> usize {
    bytes.div_ceil(alignment) * alignment
}

fn column_of<'a>(subject: &KeySubject, table: &'a Table) -> Option<&'a Column> {
    match subject {
        KeySubject::Column(name) => table.column(name),
        KeySubject::Expression(_) => None,
    }
}

/// A meta page, a map page and the summaries, each far smaller than a page.
fn brin_pages(table: &Table) -> f64 {
    let ranges = (table.pages as f64 / BRIN_PAGES_PER_RANGE).ceil().max(1.0);
    2.0 + (ranges * 40.0 / PAGE).ceil()
}

/// 20 bytes an entry with its line pointer, three quarters full, buckets in powers of two.
fn hash_pages(rows: f64) -> f64 {
    let buckets = (rows * 20.0 / (PAGE * 0.75)).ceil().max(2.0) as u64;
    buckets.next_power_of_two() as f64 * 1.1 + 2.0
}
