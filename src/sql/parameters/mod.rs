//! Parameters as programs spell them (`?`, `:name`, `%s`, `@name`, `{name}`), turned into what a server takes.

mod braces;
mod find;
mod marks;
mod number;
mod words;

pub use number::{Numbered, Slot, numbered};
