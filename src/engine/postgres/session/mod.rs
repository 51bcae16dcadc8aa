//! One connection to a PostgreSQL server.

mod bind;
mod cancel;
mod execute;
mod hypothetical;
mod postgres_session;
mod query;
mod setup;

pub use postgres_session::PostgresSession;
