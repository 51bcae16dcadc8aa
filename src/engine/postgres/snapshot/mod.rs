//! What the planner goes by: read from a server, and made again on one without rows.

mod change;
mod checksum;
mod combinations;
mod ddl;
mod extended;
mod figures;
mod files;
mod heights;
mod neighbours;
mod objects;
mod pages;
mod planner_states;
mod read;
mod redact;
mod resample;
mod restore;
mod schema;
mod sizes;
mod sql;
mod statistics;
mod steps;
mod types;

pub use planner_states::PostgresStates;

use super::dialect::quote::{identifier, literal};
