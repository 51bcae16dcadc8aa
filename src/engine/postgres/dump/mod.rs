//! Reading a database as a script, by the server's own `pg_dump`, to copy it into a sandbox.

mod environment;
mod program;
mod start;

pub use start::dump;
