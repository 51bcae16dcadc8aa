//! The table that plain EXPLAIN prints, one row a table of the statement: of both servers, and MariaDB's
//! `ANALYZE SELECT` with measured rows.
//!
//! Source: the manuals of both servers on EXPLAIN's output, and what 9.7 and 10.11 print. It tells no conditions
//! and no times; rows and filtered are means per loop, `filtered` the percentage that is kept.

mod build;
mod grid;
mod read;

use read::Row;

pub use read::{is_of_mysql, looks_like_table, read};
