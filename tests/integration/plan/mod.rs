//! Plans captured from real servers (`tests/fixtures/plans`), read and measured.

pub mod captures;
mod frames;
mod mangled;
mod measured;
pub mod text_equals_json;
