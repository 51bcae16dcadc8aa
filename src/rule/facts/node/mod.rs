//! Facts about one node of a plan.

mod asked;
mod bitmaps;
mod calls;
mod conditions;
mod ctes;
mod details;
mod distance;
mod estimates;
mod joins;
mod kinds;
mod memory;
mod mismatch;
mod position;
mod storage;
mod subplans;
mod table;
mod top_n;
mod volumes;

pub use table::facts;
