//! Indexes that cost writes and space and serve nothing.

mod collect;
mod needless;
mod unused;

pub use collect::collect;
