//! What is written in a statement that rules look at: found on the parse tree in generic form, so that no kind of
//! node can hide it; in the bodies of functions as well.

mod body;
mod clauses;
mod collect;
mod comparisons;
mod excerpt;
mod joins;
mod links;
mod scope;
mod subqueries;
mod tree;
mod writes;

pub use body::constructs;

#[cfg(test)]
#[path = "constructs_tests.rs"]
mod tests;
