//! Why there is no sample data.

use thiserror::Error;

use super::spec::{LARGEST, SMALLEST};
use crate::engine::DbError;

#[derive(Debug, Error)]
pub enum SampleError {
    #[error("[data] in workload.toml: {0}")]
    BadData(String),
    #[error("[data] in workload.toml: there is no generator called {0:?}; use {known:?}", known = super::GENERATOR)]
    UnknownGenerator(String),
    #[error("the scale {0} is outside {SMALLEST} to {LARGEST}")]
    BadScale(f64),
    #[error("the sample data {generator:?} is made for {wanted}, not for {engine}")]
    OtherEngine { generator: String, wanted: String, engine: String },
    /// The schema is compiled in and tests load it: this is our own mistake.
    #[error("the sample schema cannot be read: {0}")]
    Schema(String),
    #[error("loading the sample data failed at {what}")]
    Database {
        what: String,
        #[source]
        error: DbError,
    },
}
