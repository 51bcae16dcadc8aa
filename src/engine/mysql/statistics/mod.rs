//! What the optimiser knows of a database's tables, carried over to a copy: counts of rows and of distinct values as the
//! storage engine keeps them, and histograms. Gathered anew they would come out differently, and plans with them.

mod carry;
mod histograms;
mod storage;

pub use carry::{carry, statements};
pub use histograms::{Kept, read as read_histograms};
pub use storage::{StoredTable, read as read_storage, statements as part_statements, tables};
