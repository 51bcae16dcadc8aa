//! What a run leaves behind for people and for programs.

mod browser;
mod files;
mod hostile;
mod machines;
mod markers;
mod redaction;
pub mod sample;
mod schema;
mod terminal;
mod volume;
