//! Loading scripts as `psql` would: statements, COPY data, and the client commands that dumps contain.
//!
//! The source is read line by line, so memory is bounded by the longest statement or row.

mod assistance;
mod command;
mod copy;
mod lines;
mod loader;
mod scanner;
mod splitter;
mod statement;
mod tolerance;

pub use loader::{Elsewhere, Place, load, start_failed};
pub use splitter::{Piece, Splitter};
