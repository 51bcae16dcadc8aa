//! MySQL and MariaDB as source and target of a migration.

mod canonical;
pub mod counts;
mod inventory;
mod long;
mod mysql_migration;
mod reader;
mod shape;
mod shape_rows;
mod statements;
mod tools;
mod value_kind;

pub use mysql_migration::MysqlMigration;
