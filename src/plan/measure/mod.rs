//! The measurement layer: derived quantities with their error bars, for every node of a plan.
//!
//! Source of every definition: the catalogue's section 1 and PostgreSQL's `explain.c`.

mod metrics;

pub use metrics::{Measurements, Metrics, Misestimate};
