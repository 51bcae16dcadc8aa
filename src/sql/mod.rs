//! Statements as text: splitting scripts, fingerprints, and which columns a condition uses and how.
//!
//! Everything here is neutral. What differs between engines is a [`Dialect`], implemented by each engine.

mod dialect;
mod lexis;
mod shape;

pub use dialect::{Dialect, SyntaxError};
pub use lexis::Lexis;
pub use shape::{
    ColumnRef, Operand, Predicate, PredicateKind, Shape, SortKey, StatementKind, TableRef,
};
