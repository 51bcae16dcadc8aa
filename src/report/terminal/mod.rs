//! What a command prints on the terminal at its end.

mod after;
mod compared;
mod explanation;
mod findings;
mod history;
mod paint;
mod plan_tree;
mod queries;
mod show;
mod table;

pub use explanation::explanation;
pub use findings::paragraphs;
pub use history::{runs_table, trends};
pub use paint::Paint;
pub use plan_tree::plan_tree;
pub use show::{Format, Looks, show, show_comparison};
pub(super) use table::{Tone, cell, plain_table};
