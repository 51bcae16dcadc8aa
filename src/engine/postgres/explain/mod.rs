//! Reading PostgreSQL's plans: pure functions from text to [`crate::plan::Plan`].
//!
//! Facts about keys, units and rounding are those of the server's `explain.c`, versions 13 to 18.

mod assemble;
mod document;
mod evidence;
mod fields;
mod fuller;
mod json;
mod kind;
mod node;
mod parse;
mod parts;
mod paste;
mod precision;
mod text;
mod workers;
mod xml;
mod yaml;

pub use document::from_json;
pub use fuller::fuller;
pub use parse::{explained, parse};
