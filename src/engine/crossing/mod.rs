//! From MySQL and MariaDB to where they go: PostgreSQL, a newer version, the other of the two.

mod changes;
mod columns;
mod dates;
mod expressions;
mod functions;
mod objects;
mod queries;
mod review;
mod translate;
mod upgrade;

pub use queries::review_query;
pub use review::review;
pub use translate::translate;
