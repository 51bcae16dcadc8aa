//! What a server remembers of its statements, where no log is at hand: its own digests.

mod difference;
mod digests;
mod mysql;
mod postgres;
mod read;

pub use difference::since;
pub use read::{read, write};
