//! One connection to a PostgreSQL server.

mod access;
mod allowed;
mod answer;
mod bind;
pub(super) mod bulk;
mod cancel;
mod catalog;
mod clone;
mod counters;
mod execute;
mod explain;
mod held;
mod hypothetical;
mod ownership;
mod planned_calls;
mod postgres_session;
pub(super) mod query;
mod script;
mod send;
mod server;
mod settings;
mod setup;
mod together;
mod typed;
mod undone;

pub use postgres_session::PostgresSession;
