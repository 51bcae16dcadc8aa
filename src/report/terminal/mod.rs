//! What a command prints on the terminal at its end.

mod after;
mod findings;
mod paint;
mod queries;
mod show;
mod table;

pub use paint::Paint;
pub use show::{Format, show};
