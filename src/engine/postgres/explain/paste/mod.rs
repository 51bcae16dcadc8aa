//! From what people paste to the plan's own lines. Every step keeps the numbers of the input's lines.

mod characters;
mod frame;
mod literals;
mod margins;
mod markup;
mod openness;
mod row;
mod shell;
mod wrapped;

pub use characters::{plain, with_line_breaks, without_tabs};
pub use frame::{Unframed, is_footer, unframe};
pub use literals::listed;
pub use margins::without_margins;
pub use markup::without_tags;
pub use openness::is_open;
pub use row::{Row, has_figures, joined, mentions_figures, rows};
pub use wrapped::{rejoined, unfolded};
