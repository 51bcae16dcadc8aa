//! Throwaway servers: an installed server in a temporary directory, on a Unix socket, gone afterwards.
//!
//! A [`Sandbox`] owns a directory whose `lock` file stays locked for as long as its process lives.
//! Dropping it stops the server and removes the directory: after success, an error, a panic, or an
//! interrupt that wound down. After a process that was killed outright, a watchdog ends the server and
//! removes the directory; where that failed, the lock is free and the next start does the same. New clusters are copied from a
//! cache, so that a start takes a fraction of a second.

mod abandoned;
mod account;
mod cluster_cache;
mod confinement;
mod csv_file;
mod directory;
mod duplicate;
mod error;
mod instance;
mod launch;
mod load;
mod open_files;
mod server;
mod source_file;
mod watchdog;
mod whereabouts;

pub use directory::Directory;
pub use error::SandboxError;
pub use instance::{Sandbox, SandboxOptions};
pub use load::Loaded;
pub use whereabouts::working_in;
