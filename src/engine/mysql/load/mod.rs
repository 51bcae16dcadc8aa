//! Running scripts and dumps as the server's own client would.

mod loader;
mod splitter;

pub use loader::load;
