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

impl Layout {
    /// A folder that stays empty: where a server must be told one for files, and is to find and leave none.
    pub fn empty(&self) -> PathBuf {
        self.socket_dir.join("empty")
    }
}

pub trait Launcher: Send + Sync {
    /// Installations, newest first; only `bin_dir` when it is given.
    fn find(&self, bin_dir: Option<&Path>) -> Vec<Installation>;

    /// What to install when `find` comes back empty: a Debian package name.
    fn package(&self) -> &'static str;

    /// The account that package creates for its server: what a sandbox runs as when planwise is root.
    fn account(&self) -> &'static str;

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

    /// URL of `database` on the running server, for planwise's own work: nothing that was loaded is run by it.
    fn url(&self, layout: &Layout, database: &str) -> String;

    /// As [`Launcher::url`], with the rights of an owner and no more, where the engine can tell the two apart: for
    /// loading files and for workloads.
    fn owner_url(&self, layout: &Layout, database: &str) -> String {
        self.url(layout, database)
    }

    /// A command line that opens `database` in the engine's own client, ready to paste into a shell.
    fn client_command(&self, layout: &Layout, database: &str) -> String;

    /// The database that exists after `initialise`.
    fn first_database(&self) -> &'static str;

    /// The databases that `optional_setup` runs in, in this order: also what later databases are copied from, where
    /// the engine has such a thing.
    fn setup_databases(&self) -> Vec<&'static str> {
        vec![self.first_database()]
    }

    /// A database that every new server has, set up or not: to see whether it answers.
    fn answering_database(&self) -> &'static str {
        self.first_database()
    }

    /// Statements run once on a new cluster, each allowed to fail: extensions that may not be installed.
    fn optional_setup(&self, installation: &Installation) -> Vec<String>;

    /// Signal that makes the server stop at once, without waiting for sessions. Data may be left
    /// as after a crash.
    fn stop_signal(&self) -> i32;

    /// Signal that ends all sessions and stops the server cleanly: its data can be copied afterwards.
    fn shutdown_signal(&self) -> i32;

    /// The statement that takes CSV with a header row from the client into `columns` of `table`,
    /// for [`super::Session::copy_in`]. Both are bare names; quoting is done here.
    fn csv_load(&self, table: &str, columns: &[String]) -> String;

    /// Run by the session that loaded, and allowed to fail: it hands in what it has counted of its rows, which otherwise
    /// would be added to what [`Launcher::settle_query`] has counted.
    fn before_settling(&self) -> Option<&'static str> {
        None
    }

    /// Statements after which the files of a server hold all that it knows. `None` where a copy of a database is another
    /// database of the same server; where a database is what statements name as a schema, a copy that the same
    /// statements work on is a server of its own.
    fn before_twin(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// Whether the server's processes send each other messages by the loopback address, so that it needs one.
    fn talks_to_itself(&self, installation: &Installation) -> bool {
        let _ = installation;
        false
    }

    /// A query that returns the statements to run once files are loaded, so that plans are those
    /// of a server that has settled: statistics gathered, rows known to be visible.
    fn settle_query(&self) -> &'static str;
}
