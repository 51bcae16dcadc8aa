//! What a server remembers of its statements, where no log is at hand: its own digests.

mod activity;
mod difference;
mod digests;
mod mysql;
mod postgres;
mod read;
mod sampled;

pub use activity::watch;
pub use difference::since;
pub use read::{look, read, write};
