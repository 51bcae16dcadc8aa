//! What rules may look at. Each fact is defined once, with its name, unit, meaning and the
//! function that yields it; documentation and evaluation read the same tables.

mod catalog;
mod documented;
mod fact;
mod habit;
mod harm;
mod hidden;
mod join;
mod node;
mod node_table;
mod parts;
mod predicate;
mod query;
mod readers;
mod sequence;
mod setting;
mod site;
mod sort;
mod status;
mod structure;
pub mod tables;
mod text;
mod triggers;
mod upkeep;
mod whole_plan;
mod workload;

pub use documented::{Documented, documented, everything};
pub use fact::{FactSet, Kind, UNKNOWN_FACT, open_facts};
pub use habit::DAY_S;
pub use node_table::NodeTable;
pub use parts::whole_scans;
pub use predicate::FilterTraits;
pub use readers::Readers;
pub use site::{
    CatalogSite, ForeignKeySite, HabitSite, IndexSite, NodeSite, QuerySite, RunSite, SequenceSite,
    TableSite, TextSite,
};
pub use structure::reads_base_table;
