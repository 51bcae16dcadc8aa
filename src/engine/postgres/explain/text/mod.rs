//! The text form of EXPLAIN, turned into the document that the JSON form would have been,
//! so that one reader serves both.

mod draft;
mod figures;
mod label;
mod lines;
mod node_line;
mod omitted;
mod property;
mod read;
mod summary;
mod target;

pub use read::read;
