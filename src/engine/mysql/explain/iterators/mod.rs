//! Reading the plans of MySQL's iterator executor: `EXPLAIN ANALYZE` and `EXPLAIN FORMAT=TREE` (8.0.18 and later),
//! and `FORMAT=JSON` in its second version (8.3 and later), which says the same in other brackets.
//!
//! Source: the output of 9.7 held against its own totals, and the forms of 8.0 and 8.4. Times and rows of an
//! operation are means per loop and include its inputs, as the neutral tree has them. What differs: a filter is an
//! operation of its own, and subqueries of the select list stand beside the operation that runs them, or outside
//! the tree.

mod access;
mod assemble;
mod describe;
mod figures;
mod json;
mod projection;
mod step;
mod tree_text;

#[cfg(test)]
mod tests;

use crate::plan::{Evidence, Plan, Relationship};

pub use json::{is_iterator_json, read as read_json};
pub use tree_text::{looks_like_tree, read as read_tree};

/// The plan of the steps that a reader found, the root first.
fn plan(root: step::Step) -> Plan {
    let analysed = root.was_measured();
    let mut root = assemble::tree(root);
    root.relationship = Relationship::Root;
    root.number();
    let evidence = if analysed { Evidence::B } else { Evidence::D };
    let execution_ms = root.actual.and_then(|actual| Some(actual.total_ms? * actual.loops));
    Plan { execution_ms, ..Plan::of(root, evidence) }
}
