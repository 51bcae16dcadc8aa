//! PostgreSQL as source and target of a migration.

mod bucketing;
mod canonical;
mod follow_steps;
mod follower;
mod follower_sql;
mod inventory;
mod inventory_sql;
mod known_changes;
mod long;
mod object_sql;
mod postgres_migration;
mod reader;
mod record;
mod review;
mod review_objects;
mod shape;
mod shape_sql;
pub mod tools;

pub use postgres_migration::PostgresMigration;
