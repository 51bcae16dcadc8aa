//! What following a finding would save, in milliseconds, with an honest interval.
//! One file per model; G1 to G9 are the names of the catalogue, section 1.3.

mod covering;
mod direct;
mod filter_index;
mod loop_collapse;
mod model;
mod nested_loop;
mod sort_avoidance;
mod spill;

pub use model::{Site, estimate, is_model, none};
