//! `planwise history`: the runs that the nightly job kept, and how queries fared over them.

mod args;
mod list;
mod show;

pub use args::{Args, run};
