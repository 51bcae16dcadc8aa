//! Facts about one node of a plan.

mod asked;
mod conditions;
mod estimates;
mod kinds;
mod memory;
mod position;
mod table;
mod volumes;

pub use table::facts;
