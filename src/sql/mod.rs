//! Statements as text: splitting scripts, fingerprints, and which columns a condition uses and how.
//!
//! Everything here is neutral. What differs between engines is a [`Dialect`], implemented by each engine.

mod deep_stack;
mod dialect;
mod explained;
mod lexis;
mod scan;
mod shape;
mod split;

pub use deep_stack::with_stack_for;
pub use dialect::{Dialect, SyntaxError};
pub use explained::explained;
pub use lexis::Lexis;
pub use scan::{Lexeme, LexemeKind, Scanner, Unterminated};
pub use shape::{
    ColumnRef, Operand, Predicate, PredicateKind, Shape, SortKey, StatementKind, TableRef,
};
pub use split::{Comment, SplitError, Statement, split, split_tolerant};
