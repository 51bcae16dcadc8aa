//! What PostgreSQL's grammar says about a statement, by the server's own parser (libpg_query).

mod computed;
mod condition;
mod constructs;
mod facts;
mod grammar;
mod kind;
mod lead;
mod operand;
pub(super) mod parse;
mod predicate;
pub(super) mod quote;
mod restored;
mod select;
mod session;
mod side;
mod standing;
mod wrapper;

pub use grammar::PostgresDialect;
pub use operand::{cast_target, column_name};
pub(super) use parse::parse_one;
