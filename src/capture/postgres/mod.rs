//! PostgreSQL's logs: lines with a prefix, comma-separated values, JSON.

mod assemble;
mod csvlog;
mod detail;
mod jsonlog;
mod message;
mod pending;
mod stderr;
mod timed;
mod words;

pub use assemble::Assembler;
pub use csvlog::Csvlog;
pub use jsonlog::Jsonlog;
pub use stderr::Stderr;
pub use words::LEVELS;
