//! From a URL and the environment to a connection.

mod option_file;
mod target;

pub use option_file::client_options;
pub use target::{Environment, Target};
