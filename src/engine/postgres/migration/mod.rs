//! PostgreSQL as source and target of a migration.

mod bucketing;
mod canonical;
mod inventory;
mod inventory_sql;
mod known_changes;
mod postgres_migration;
mod reader;
mod review;
mod review_objects;
mod shape;
mod shape_sql;
pub mod tools;

pub use postgres_migration::PostgresMigration;
