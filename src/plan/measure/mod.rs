//! The measurement layer: derived quantities with their error bars, for every node of a plan.
//!
//! One file per quantity. Source of the definitions: the rule catalogue, section 1.1.

mod charges;
mod consumer;
mod derive;
mod exemption;
#[cfg(test)]
mod laws;
mod metrics;
mod misestimate;
mod processor_time;
mod resources;
mod rows;
mod self_time;
mod share;
mod unaccounted;
mod wall_time;

pub use derive::measure;
pub use metrics::{Measurements, Metrics, Misestimate};
pub use rows::removed_fraction;
