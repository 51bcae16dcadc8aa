//! What is written in a statement that rules look at: found on sqlparser's tree. A statement that the parser does not know
//! has only what its comments say.

mod clauses;
mod collect;
mod comparisons;
mod excerpt;
mod joins;
mod links;
mod scope;
mod statement;
mod subqueries;
mod tree;
mod writes;

pub use statement::constructs;

#[cfg(test)]
#[path = "constructs_tests.rs"]
mod tests;
