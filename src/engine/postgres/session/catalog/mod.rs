//! Tables, columns, indexes and their statistics, by a handful of set-based queries.

mod assemble;
mod operators;
mod partitions;
mod rows;
mod sql;

pub use assemble::read;
