//! The nightly job end to end, with the very files of `docs/`.

mod example;
pub mod outputs;
mod workflows;
