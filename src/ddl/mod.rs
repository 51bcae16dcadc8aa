//! Schema changes that a user wrote: read, checked, and run where they may be.

mod script;

pub use script::{Script, ScriptError};
