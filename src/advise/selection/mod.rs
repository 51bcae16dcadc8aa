//! From candidates to a set of indexes.
//!
//! Without limits each query gets what it deserves ([`choose`]), merged over the workload
//! ([`settle`]). Under limits one set is chosen for all queries at once ([`select`]): candidates in a
//! [`Pool`], what the planner said in one plan cache per query, a search over both, and a bound.

mod absence;
mod bound;
mod choose;
mod complete;
mod configuration;
mod cost_evaluation;
mod exact;
mod explore;
mod gate;
mod limits;
mod local_search;
mod merge;
mod plan_cache;
mod planned_query;
mod planner_pool;
mod pool;
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
pub use cost_evaluation::Concern;
pub use gate::{deserves, weighted_total};
pub use limits::{Limits, Named, SizeModel};
pub use merge::{Settled, placeholder, price_under, settle};
pub use planned_query::PlannedQuery;
pub use planner_pool::PlannerPool;
pub use pool::{Candidate, Pool};
pub use relieve::{Readings, Relief, relieve};
pub use search::Search;
pub use unpriced::unpriced;
pub use workload_wide::{Found, Ground, select};
