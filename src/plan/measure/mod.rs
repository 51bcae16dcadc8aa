//! The measurement layer: derived quantities with their error bars, for every node of a plan.
//!
//! One file per quantity. Source of the definitions: the rule catalogue, section 1.1.

mod metrics;

pub use metrics::{Measurements, Metrics, Misestimate};
