//! Throwaway servers: an installed server in a temporary directory, on a Unix socket, gone afterwards.
//!
//! A [`Sandbox`] owns a directory whose `lock` file stays locked for as long as its process lives.
//! Dropping it stops the server and removes the directory: after success, an error, a panic, or an
//! interrupt that wound down. A process that was killed outright lets go of the lock; the next start
//! finds the directory, ends the server in it, and removes both. New clusters are copied from a
//! cache, so that a start takes a fraction of a second.

mod abandoned;
mod account;
mod cluster_cache;
mod csv_file;
mod directory;
mod duplicate;
mod error;
mod instance;
mod launch;
mod load;

mod server;
mod source_file;

pub use error::SandboxError;
pub use instance::{Sandbox, SandboxOptions};
pub use load::Loaded;
