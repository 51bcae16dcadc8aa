//! Habits of an application: what its sessions do again and again, as a capture of them tells. Each habit is counted here;
//! whether it is worth a word is for rules to say.
//!
//! The events are read once, in the order of their log; each watcher looks for habits of its own.

mod connections;
mod gather;
mod habit;
mod hot_row;
mod of_digest;
mod offsets;
mod pairs;
mod per_session;
mod prepared;
mod profile;
mod repeats;
mod retries;
mod series;
mod spelling;
mod step;
mod tally;
mod transactions;

pub use gather::{MOST_EVENTS, gather, of_digest_alone};
pub use habit::{HABITS, Habit, HabitKind};
