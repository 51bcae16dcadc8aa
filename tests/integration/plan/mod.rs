//! Plans captured from real servers (`tests/fixtures/plans`), read and measured.

mod captures;
mod frames;
mod mangled;
mod measured;
mod text_equals_json;
