//! What `planwise workload show` prints: the digest of a captured workload.

mod groups;
mod plans;
mod replay;
mod text;

pub use groups::{Groups, groups};
pub use replay::replay_text;
pub use text::text;
