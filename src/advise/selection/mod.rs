//! From candidates to a set of indexes.
//!
//! Without limits each query gets what it deserves ([`choose`]), merged over the workload
//! ([`settle`]). Under limits one set is chosen for all queries at once ([`select`]): candidates in a
//! [`Pool`], what the planner said in one menu per query, a search over both, and a bound.

mod absence;
mod bound;
mod choose;
mod climb;
mod complete;
mod configuration;
mod exact;
mod explore;
mod gate;
mod limits;
mod menu;
mod merge;
mod panel;
mod pool;
mod price;
mod pricer;
mod reading;
mod relieve;
mod search;
#[cfg(test)]
mod select_tests;
mod together;
mod unpriced;
mod workload_wide;

pub use absence::{Absence, Rise, without_the_needless};
pub use choose::{Choice, Chooser, Task};
pub use complete::complete;
pub use configuration::Configuration;
pub use gate::{deserves, weighted_total};
pub use limits::{Limits, Named, SizeModel};
pub use merge::{Settled, placeholder, price_under, settle};
pub use panel::Panel;
pub use pool::{Candidate, Pool};
pub use price::Priced;
pub use pricer::Concern;
pub use relieve::{Readings, Relief, relieve};
pub use search::Search;
pub use unpriced::unpriced;
pub use workload_wide::{Found, Ground, select};
