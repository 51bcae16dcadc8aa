//! From candidates to a set of indexes: priced per query, then merged over the workload.

mod choose;
mod gate;
mod merge;
mod price;
mod search;
mod unpriced;

pub use choose::{Choice, Chooser, choose};
pub use gate::deserves;
pub use merge::{Settled, settle};
pub use price::Priced;
pub use search::Search;
pub use unpriced::unpriced;
