//! What a statement asks of each table, from its own text.

mod block;
mod columns;
mod read;
mod scope;
mod statement;

pub use read::of;
pub use scope::parts;
