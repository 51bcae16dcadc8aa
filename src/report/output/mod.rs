//! The files below `--out`.

mod atomic;
mod file_names;
mod plans;
mod stale;
mod write;

pub use atomic::write_atomically;
pub use write::{Written, write, write_comparison};
