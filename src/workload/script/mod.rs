//! A `.sql` file as queries: statements, what the shell they were written for does with them, and the session they share.

mod draw;
mod passed_over;
mod prepared;
mod query;
mod reader;
mod shell;
mod steering;
mod values;
mod variables;

pub use query::written;
pub use reader::{Contents, read_script};
