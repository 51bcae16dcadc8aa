//! Starting an installed PostgreSQL as a sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::sandbox_rights::{self, OWNER, SUPERUSER};
use crate::engine::installed::{folders_with, newest_first, output, shell_word, url_encode};
use crate::engine::{Installation, Launcher, Layout};

/// Of the socket's name: nothing listens on the network.
const PORT: &str = "5432";

/// With every keyword that the user's environment could set for another server.
fn address(layout: &Layout, user: &str, database: &str) -> String {
    let host = url_encode(&layout.socket_dir.to_string_lossy());
    let database = url_encode(database);
    format!("postgresql:///{database}?host={host}&port={PORT}&user={user}&options=")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostgresLauncher;

impl Launcher for PostgresLauncher {
    fn find(&self, bin_dir: Option<&Path>) -> Vec<Installation> {
        let folders = match bin_dir {
            Some(folder) => vec![folder.to_owned()],
            None => known_folders(),
        };
        let complete = folders.into_iter().filter(|folder| folder.join("initdb").is_file());
        newest_first(complete, "postgres", parse_version)
    }

    fn package(&self) -> &'static str {
        "postgresql"
    }

    fn account(&self) -> &'static str {
        "postgres"
    }

    fn initialise(&self, installation: &Installation, layout: &Layout) -> Command {
        let mut command = Command::new(installation.bin_dir.join("initdb"));
        command.args(["--auth=trust", "--no-sync", "--encoding=UTF8"]);
        // The same collation on every machine: sort orders and plans must not depend on who runs them.
        command.args(["--locale=C.UTF-8", "--username", SUPERUSER]);
        command.arg("--pgdata").arg(&layout.data);
        command
    }

    fn start(
        &self,
        installation: &Installation,
        layout: &Layout,
        settings: &[(String, String)],
    ) -> Command {
        let mut command = Command::new(installation.bin_dir.join("postgres"));
        command.arg("-D").arg(&layout.data).arg("-k").arg(&layout.socket_dir);
        let own = own_settings(installation);
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let asked = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(asked) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
    }

    fn url(&self, layout: &Layout, database: &str) -> String {
        address(layout, SUPERUSER, database)
    }

    fn owner_url(&self, layout: &Layout, database: &str) -> String {
        address(layout, OWNER, database)
    }

    fn client_command(&self, layout: &Layout, database: &str) -> String {
        let host = shell_word(&layout.socket_dir.to_string_lossy());
        format!("psql -h {host} -p {PORT} -U {OWNER} {}", shell_word(database))
    }

    fn first_database(&self) -> &'static str {
        "postgres"
    }

    /// hypopg and pg_stat_statements in every database, in `pg_catalog`: a dump that begins with
    /// `DROP SCHEMA public CASCADE` or empties the search path does not lose them. Extensions that
    /// an index may need (pg_trgm, btree_gin, …) are left out: advice has to say that it needs them.
    fn optional_setup(&self, _installation: &Installation) -> Vec<String> {
        let create = |extension| {
            format!(
                "SET allow_system_table_mods = on; \
                 CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA pg_catalog"
            )
        };
        let mut statements = ["hypopg", "pg_stat_statements"].map(create).to_vec();
        statements.extend(sandbox_rights::statements());
        statements
    }

    /// Databases that a script creates are copied from one of the templates. The last one accepts connections only
    /// after a statement of the setup has said so.
    /// Before 15 what a session counts goes to a collector by UDP; without it every look at the counters waits ten seconds.
    fn talks_to_itself(&self, installation: &Installation) -> bool {
        installation.version_number[0] < 15
    }

    fn setup_databases(&self) -> Vec<&'static str> {
        vec!["template1", self.first_database(), "template0"]
    }

    /// SIGQUIT: immediate shutdown.
    fn stop_signal(&self) -> i32 {
        Signal::SIGQUIT as i32
    }

    /// SIGINT: fast shutdown, which ends sessions and writes a checkpoint.
    fn shutdown_signal(&self) -> i32 {
        Signal::SIGINT as i32
    }

    fn csv_load(&self, table: &str, columns: &[String]) -> String {
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        let columns = columns.join(", ");
        format!("COPY {} ({columns}) FROM STDIN (FORMAT csv, HEADER true)", quote(table))
    }

    /// Version 15 and later count at once when told to; before, a session counts when it ends.
    fn before_settling(&self) -> Option<&'static str> {
        Some("SELECT pg_catalog.pg_stat_force_next_flush()")
    }

    /// The visibility map counts as well as the statistics: without it no index-only scan is chosen.
    fn settle_query(&self) -> &'static str {
        "SELECT 'VACUUM (ANALYZE)'"
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Packages of Debian and of PGDG, then what `pg_config` and the PATH say.
fn known_folders() -> Vec<PathBuf> {
    let mut folders = versioned("/usr/lib/postgresql");
    folders.extend(versioned("/usr/local/lib/postgresql"));
    folders.extend(output(Path::new("pg_config"), "--bindir").map(|dir| PathBuf::from(dir.trim())));
    folders.extend(folders_with("postgres"));
    folders
}

pub(super) fn versioned(parent: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path().join("bin")).collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian …)`.
pub(super) fn parse_version(text: &str) -> Option<String> {
    let after = text.split_once("(PostgreSQL)")?.1;
    after.split_whitespace().next().map(str::to_owned)
}

/// What a throwaway server does differently from the server's own defaults.
///
/// Nothing that the planner or the executor looks at is changed, so that measurements stand for an
/// ordinary server. Durability is given up (`fsync`), which nobody misses here; `full_page_writes`
/// stays, because the amount of WAL is something rules look at. Autovacuum stays configured but
/// does not wake up by itself within a day: a run must not depend on when it happened to come by.
/// Loading ends with VACUUM and ANALYZE instead.
fn own_settings(installation: &Installation) -> Vec<(&'static str, String)> {
    let fixed = [
        ("listen_addresses", ""),
        ("port", PORT),
        ("unix_socket_permissions", "0700"),
        ("fsync", "off"),
        ("autovacuum_naptime", "1d"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("lc_messages", "C"),
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
        ("track_io_timing", "on"),
        ("cluster_name", "planwise-sandbox"),
    ];
    let mut settings: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).to_vec();
    let libraries = preloadable(installation);
    if !libraries.is_empty() {
        settings.push(("shared_preload_libraries", libraries.join(",")));
    }
    settings
}

/// Those of the libraries that planwise reads which this installation has.
fn preloadable(installation: &Installation) -> Vec<&'static str> {
    let Some(folder) = library_folder(installation) else { return Vec::new() };
    let present = |name: &&str| folder.join(format!("{name}.so")).is_file();
    ["pg_stat_statements", "auto_explain"].into_iter().filter(present).collect()
}

/// Where the server looks for its modules: what `pg_config` says or, where it is not installed, the
/// folder beside the programs that holds a module which every server has.
fn library_folder(installation: &Installation) -> Option<PathBuf> {
    let told = output(&installation.bin_dir.join("pg_config"), "--pkglibdir");
    let told = told.map(|text| PathBuf::from(text.trim()));
    let parent = installation.bin_dir.parent();
    let beside = ["lib", "lib/postgresql"].map(|name| parent.map(|parent| parent.join(name)));
    let candidates = told.into_iter().chain(beside.into_iter().flatten());
    candidates.into_iter().find(|folder| folder.join("plpgsql.so").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout { data: "/tmp/a b/data".into(), socket_dir: "/tmp/a b".into(), run_as: None }
    }

    #[test]
    fn version_is_the_number_alone() {
        let text = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(text).as_deref(), Some("15.18"));
        assert_eq!(parse_version("mariadbd  Ver 10.11"), None);
    }

    #[test]
    fn modules_are_found_in_every_layout_that_has_no_pg_config() {
        for layout in ["lib", "lib/postgresql"] {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join(layout);
            std::fs::create_dir_all(&folder).unwrap();
            for module in ["plpgsql.so", "auto_explain.so"] {
                std::fs::write(folder.join(module), "").unwrap();
            }
            let bin_dir = root.path().join("bin");
            let installation =
                Installation { bin_dir, version: "16.14".to_owned(), version_number: [16, 14] };
            assert_eq!(preloadable(&installation), ["auto_explain"], "{layout}");
        }
    }

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        let statement = PostgresLauncher.csv_load("a\"b", &["x\"); DROP".to_owned()]);
        assert_eq!(statement, r#"COPY "a""b" ("x""); DROP") FROM STDIN (FORMAT csv, HEADER true)"#);
    }

    #[test]
    fn url_and_client_command_stand_a_folder_with_spaces() {
        let launcher = PostgresLauncher;
        assert_eq!(
            launcher.url(&layout(), "my db"),
            "postgresql:///my%20db?host=/tmp/a%20b&port=5432&user=postgres&options="
        );
        assert_eq!(
            launcher.client_command(&layout(), "my db"),
            "psql -h '/tmp/a b' -p 5432 -U planwise 'my db'"
        );
    }
}
