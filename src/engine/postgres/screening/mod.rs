//! What a statement calls, looked up before it is sent: a read-only or rolled-back transaction cannot
//! undo a file, a program, another connection or a replication slot.

mod body;
mod built_in;
mod lookup;
mod references;
mod refusal;
mod screen;

pub use screen::{Purpose, Screen};
