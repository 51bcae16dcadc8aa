//! Index candidates, one file per kind. Generous on purpose: the planner is asked about each.

mod block_summary;
mod candidate;
mod covering;
mod foreign_key;
mod generate;
mod inverted;
mod ordered;
mod partial;
mod popularity;
mod wide;

pub use candidate::complexity;
pub use foreign_key::{MeasuredCheck, UnindexedCheck, foreign_key_candidates, foreseen_checks};
pub use generate::{CandidateGenerator, worth_looking};
pub use popularity::Popularity;
pub use wide::merged;

pub use covering::covering;
