//! A capture in forms that other tools read.

mod json;
mod parquet;
mod row;

pub use json::json_lines;
pub use parquet::parquet_rows;
pub use row::Stopped;
