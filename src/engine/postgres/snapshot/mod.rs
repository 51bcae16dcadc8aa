//! What the planner goes by: read from a server, and made again on one without rows.

mod change;
mod checksum;
mod combinations;
mod ddl;
mod ends;
mod expressions;
mod extended;
mod figures;
mod files;
mod foreign_keys;
mod hash;
mod heights;
mod neighbours;
mod objects;
mod operator_sql;
mod operators;
mod pages;
mod planner_states;
mod read;
mod redact;
mod resample;
mod restore;
mod roles;
mod schema;
mod sizes;
mod sql;
mod stand_ins;
mod statistics;
mod steps;
mod tables;
mod types;
mod values;

pub use planner_states::PostgresStates;

use super::dialect::quote::{identifier, literal};
