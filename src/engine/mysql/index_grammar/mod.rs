//! Indexes as these servers know them: what serves a condition, what can be built, and how it is spelt.

mod arrays;
mod created;
mod ddl;
mod expression;
mod fitted;
mod grammar;
mod online;
mod patterns;
pub mod readings;
mod services;
mod size;
pub mod types;
mod words;

pub use ddl::drop as drop_statement;
pub use grammar::{MARIADB_INDEXES, MYSQL_INDEXES};
pub use size::width;
pub use words::wanted as wanted_words;
