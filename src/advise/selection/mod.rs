//! From candidates to a set of indexes.
//!
//! Without limits each query gets what it deserves ([`choose`]), merged over the workload
//! ([`settle`]). Under limits one set is chosen for all queries at once ([`select`]): candidates in a
//! [`Pool`], what the planner said in one menu per query, a search over both, and a bound.

mod bound;
mod choose;
mod climb;
mod configuration;
mod gate;
mod limits;
mod menu;
mod merge;
mod panel;
mod pool;
mod price;
mod pricer;
mod search;
mod together;
mod unpriced;
mod workload_wide;

pub use choose::{Choice, Chooser, Task};
pub use configuration::Configuration;
pub use gate::deserves;
pub use limits::{Limits, Named, SizeModel};
pub use merge::{Settled, placeholder, price_all, settle};
pub use panel::Panel;
pub use pool::{Candidate, Pool};
pub use price::Priced;
pub use search::Search;
pub use unpriced::unpriced;
pub use workload_wide::{Found, select};
