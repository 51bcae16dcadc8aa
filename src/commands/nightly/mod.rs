//! `planwise nightly`: measure, compare with earlier nights, gate, keep, report.

mod args;
mod config;
pub mod config_error;
mod judge;
mod measure;
mod night;
mod tables;

pub use args::{Args, run};
pub use config::Config;
