//! From MySQL and MariaDB to where they go: PostgreSQL, a newer version, the other of the two.

mod changes;
mod columns;
mod dates;
mod expressions;
mod functions;
mod grouping;
mod habits;
mod objects;
mod queries;
mod review;
mod scope;
mod translate;
mod upgrade;
mod upgrade_checks;
mod upsert;

pub use queries::review_query;
pub use review::review;
pub use translate::translate;
