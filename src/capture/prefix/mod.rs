//! How PostgreSQL's log lines begin: the setting `log_line_prefix`, given or guessed.

mod clock;
mod guess;
mod head;
mod pattern;

pub use clock::{civil_microseconds, timestamp};
pub use guess::{guess, has_level};
pub use head::Head;
pub use pattern::Pattern;
