//! Running scripts and dumps as the server's own client would.

mod definer;
mod loader;
mod splitter;

pub use definer::without as without_definer;
pub use loader::load;
pub use splitter::{Splitter, Statement};
