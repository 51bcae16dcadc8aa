//! What MariaDB's grammar says about a statement: by sqlparser's tree where it knows the statement,
//! by its tokens where it does not.

mod condition;
mod constructs;
mod facts;
mod fingerprint;
mod grammar;
mod outermost;
mod predicate;
mod session;
mod tokens;

pub use grammar::MysqlDialect;
