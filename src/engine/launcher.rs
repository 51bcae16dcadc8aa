//! How an installed server is started for a sandbox. Pure descriptions: `sandbox` runs them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Server programs found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub bin_dir: PathBuf,
    /// As the program says it: `15.18`.
    pub version: String,
    pub version_number: [u32; 2],
}

/// The account a server runs as when planwise itself is root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAs {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// Where one throwaway server lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub data: PathBuf,
    pub socket_dir: PathBuf,
    pub run_as: Option<RunAs>,
}

pub trait Launcher: Send + Sync {
    /// Installations, newest first; only `bin_dir` when it is given.
    fn find(&self, bin_dir: Option<&Path>) -> Vec<Installation>;

    /// What to install when `find` comes back empty: a Debian package name.
    fn package(&self) -> &'static str;

    /// Creates an empty cluster in `layout.data`.
    fn initialise(&self, installation: &Installation, layout: &Layout) -> Command;

    /// Starts the server in the foreground, on a socket in `layout.socket_dir` only, with
    /// `settings` on top of the sandbox's own.
    fn start(
        &self,
        installation: &Installation,
        layout: &Layout,
        settings: &[(String, String)],
    ) -> Command;

    /// URL of `database` on the running server.
    fn url(&self, layout: &Layout, database: &str) -> String;

    /// The database that exists after `initialise`.
    fn first_database(&self) -> &'static str;

    /// Statements run once on a new cluster, each allowed to fail: extensions that may not be installed.
    fn optional_setup(&self, installation: &Installation) -> Vec<String>;

    /// Signal that makes the server stop at once, without waiting for sessions.
    fn stop_signal(&self) -> i32;
}
