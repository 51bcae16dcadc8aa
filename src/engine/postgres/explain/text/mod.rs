//! The text form of EXPLAIN, turned into the keys that the JSON form would have, so that one reader
//! serves both.

mod account;
mod draft;
mod figures;
mod inputs;
mod label;
mod lines;
mod node_line;
mod omitted;
mod property;
mod read;
mod root;
mod summary;
mod target;

pub use label::begins_label;
pub use lines::{is_summary, starts_a_line};
pub use read::{NO_EXECUTION_TIME, TextPlan, read};
