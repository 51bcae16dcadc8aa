//! Logs of programs and of their libraries for databases: the statements in them, with the values they were sent with. And
//! lists of statements with their calls.

mod entries;
mod listing;
mod marks;
mod script;
mod values;

pub use script::{Logged, script};
