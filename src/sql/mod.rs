//! Statements as text: splitting scripts, fingerprints, and which columns a condition uses and how.
//!
//! Everything here is neutral. What differs between engines is a [`Dialect`], implemented by each engine.

mod body;
mod client;
mod constant_call;
mod construct;
mod cursor;
mod cut_off;
mod deep_stack;
mod dialect;
mod explained;
mod lexis;
mod line_counter;
mod named;
mod parameters;
mod scan;
mod session;
mod shape;
mod split;
mod variant;

pub use client::ClientCommand;
pub use constant_call::constant_calls;
pub use construct::{CONSTRUCTS, Construct, ConstructKind};
pub use cursor::query_of_cursor;
pub use cut_off::split_at_cut;
pub use deep_stack::with_stack_for;
pub use dialect::{Dialect, SyntaxError};
pub use explained::explained;
pub use lexis::Lexis;
pub use named::split_at_names;
pub use parameters::{Numbered, Slot, numbered};
pub use scan::{Lexeme, LexemeKind, Scanner, Unterminated};
pub use session::{Argument, Assignment, SessionStatement, Standing};
pub use shape::{
    ColumnRef, Operand, Predicate, PredicateKind, Shape, SortKey, StatementKind, TableRef,
};
pub use split::{Comment, ScriptPart, SplitError, Statement, split, split_script};
pub use variant::variant_form;
