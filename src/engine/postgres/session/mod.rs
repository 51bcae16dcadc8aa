//! One connection to a PostgreSQL server.

mod access;
mod bind;
mod bulk;
mod cancel;
mod catalog;
mod counters;
mod execute;
mod explain;
mod hypothetical;
mod postgres_session;
mod query;
mod script;
mod server;
mod settings;
mod setup;

pub use postgres_session::PostgresSession;
