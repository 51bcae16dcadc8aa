//! From a connection string and the environment to an open connection.
//!
//! Keywords, their precedence (string, service file, environment, default), the password file and the
//! meaning of `sslmode` follow libpq, so that whatever works with `psql` works here.

mod certificate;
mod environment;
mod host;
mod keywords;
mod open;
mod passfile;
mod service;
mod target;
mod tls;
mod verifier;

pub use environment::Environment;
pub use host::Host;
pub use open::{Link, open};
pub use target::{SslMode, Target};
