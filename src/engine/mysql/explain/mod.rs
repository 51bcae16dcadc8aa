//! Reading MariaDB's plans: pure functions from text to [`crate::plan::Plan`].
//!
//! Source: the output of `ANALYZE FORMAT=JSON` and `EXPLAIN FORMAT=JSON` of 10.11, held against the
//! server's own totals. A table's times are its own, over all loops; those of a query block include
//! all below it; those of a filesort include reading a table but not filling a temporary table. The
//! neutral tree has inclusive times per loop: `timed` is where the one becomes the other.

/// Under which key a plan has what the optimiser says of keys that it could not use.
pub const WARNINGS: &str = "Warnings";

mod access;
mod answered;
mod block;
mod buffers;
mod considered;
mod fields;
mod inside;
mod iterators;
mod join;
mod mysql;
mod operation;
mod parse;
mod relation;
mod sort;
mod subquery;
mod table;
mod tabular;
mod timed;
mod work;

#[cfg(test)]
mod tests;

pub use answered::{name_answering, read_before};
pub use considered::{CONSIDERED, considered};
pub use mysql::{from_json as mysql_from_json, parse as parse_mysql};
pub use parse::{from_json, parse};
pub use relation::name_relations;
pub use sort::split_keys as sort_keys;
pub use work::work;
