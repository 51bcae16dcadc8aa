//! From what people paste to the plan's own lines. Every step keeps the numbers of the input's lines.

mod characters;
mod frame;
mod margins;
mod row;
mod wrapped;

pub use characters::{plain, with_line_breaks, without_tabs};
pub use frame::{Unframed, is_footer, unframe};
pub use margins::without_margins;
pub use row::{Row, has_figures, joined, mentions_figures, rows};
pub use wrapped::{is_open, rejoined, unfolded};
