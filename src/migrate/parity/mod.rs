//! Do two databases hold the same? Schema, rows and the state of constraints, read-only on both sides.

mod constraints;
mod json_value;
mod mapping;
mod merge;
mod multiset;
mod names;
mod nature;
mod options;
mod pairs;
mod positions;
mod report;
mod run;
mod schema;
mod schema_keys;
mod segment;
mod segments;
mod settle;
mod state_file;
mod tally;
mod value;
mod views;
mod work;

pub use mapping::{Fit, form_of};
pub use options::{ParityOptions, TableMapping};
pub use report::{
    ColumnDifference, ComparedColumn, ConstraintFinding, Difference, PARITY_FORMAT, ParityReport,
    ParitySide, RowDifference, SchemaDifference, SkippedColumn, TableParity, Verdict, Weight,
};
pub use run::{Side, parity};
