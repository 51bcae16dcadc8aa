//! One connection to a PostgreSQL server.
