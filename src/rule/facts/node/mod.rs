//! Facts about one node of a plan.

mod asked;
mod bitmaps;
mod builds;
mod calls;
mod conditions;
mod considered;
mod ctes;
mod details;
mod distance;
mod estimates;
mod grouping;
mod joins;
mod kinds;
mod memory;
mod mismatch;
mod operators;
mod partitions;
mod position;
mod remembered;
mod sizes;
mod storage;
mod subplans;
mod table;
mod top_n;
mod volumes;
mod ways;
mod written;

pub use table::facts;
