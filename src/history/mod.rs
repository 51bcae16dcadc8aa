//! Run records of earlier nights, in a folder that survives being killed at any moment.
//!
//! | path | what it is |
//! | --- | --- |
//! | `records/<sha-256>.json.gz` | one [`crate::run::Run`], named by what is in it, never changed |
//! | `marks/<sha-256>.json` | what became of it: good or bad, and its tags |
//! | `index.json` | a summary of each record: made anew from the records whenever it does not match them |
//! | `lock` | held while anything is written |
//!
//! Every file appears by rename, so whoever sees one sees all of it.

mod baseline;
mod entry;
mod error;
mod index;
mod lock;
mod mark;
mod origin;
mod pool;
mod prune;
mod record;
mod series;
mod store;

pub use baseline::{Baseline, Choice, choose};
pub use entry::Entry;
pub use error::HistoryError;
pub use mark::{Mark, Outcome};
pub use origin::commit;
pub use prune::Pruned;
pub use series::{Observation, Series, series};
pub use store::{History, Kept};
