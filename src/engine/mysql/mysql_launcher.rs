//! Starting an installed MySQL as a sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::launcher::MariadbLauncher;
use super::sandbox_rights;
use crate::engine::installed::{folders_with, newest_first, shell_word, url_encode};
use crate::engine::{Installation, Launcher, Layout};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MysqlLauncher;

const SERVER: &str = "mysqld";

impl Launcher for MysqlLauncher {
    fn find(&self, bin_dir: Option<&Path>) -> Vec<Installation> {
        let folders = match bin_dir {
            Some(folder) => vec![folder.to_owned(), folder.join("../sbin")],
            None => folders_with(SERVER),
        };
        newest_first(folders, SERVER, parse_version)
    }

    fn package(&self) -> &'static str {
        "mysql-server"
    }

    fn account(&self) -> &'static str {
        "mysql"
    }

    fn initialise(&self, installation: &Installation, layout: &Layout) -> Command {
        let mut command = Command::new(installation.bin_dir.join(SERVER));
        command.args(["--no-defaults", "--initialize-insecure"]);
        command.arg(prefixed("--datadir=", &layout.data));
        command
    }

    fn start(
        &self,
        installation: &Installation,
        layout: &Layout,
        settings: &[(String, String)],
    ) -> Command {
        let mut command = Command::new(installation.bin_dir.join(SERVER));
        command.arg("--no-defaults").arg(prefixed("--datadir=", &layout.data));
        command.arg(prefixed("--socket=", &socket(layout)));
        command.arg(prefixed("--pid-file=", &layout.socket_dir.join("mysqld.pid")));
        command.arg(prefixed("--tmpdir=", &layout.socket_dir));
        command.args(OWN_SETTINGS);
        command.args(settings.iter().map(|(name, value)| format!("--{name}={value}")));
        command
    }

    fn url(&self, layout: &Layout, database: &str) -> String {
        address(layout, sandbox_rights::SUPERUSER, database)
    }

    fn owner_url(&self, layout: &Layout, database: &str) -> String {
        address(layout, sandbox_rights::OWNER, database)
    }

    fn client_command(&self, layout: &Layout, database: &str) -> String {
        let socket = shell_word(&socket(layout).to_string_lossy());
        let owner = sandbox_rights::OWNER;
        format!("mysql --no-defaults --user={owner} --socket={socket} {}", shell_word(database))
    }

    fn first_database(&self) -> &'static str {
        "test"
    }

    fn answering_database(&self) -> &'static str {
        "sys"
    }

    /// A new server has none for users.
    fn setup_databases(&self) -> Vec<&'static str> {
        vec!["sys"]
    }

    fn optional_setup(&self, _installation: &Installation) -> Vec<String> {
        let mut statements = vec!["CREATE DATABASE IF NOT EXISTS test".to_owned()];
        statements.extend(sandbox_rights::statements());
        statements
    }

    /// SIGKILL: an orderly shutdown writes out everything first, and nothing of it is wanted.
    fn stop_signal(&self) -> i32 {
        Signal::SIGKILL as i32
    }

    fn shutdown_signal(&self) -> i32 {
        Signal::SIGTERM as i32
    }

    fn csv_load(&self, table: &str, columns: &[String]) -> String {
        MariadbLauncher.csv_load(table, columns)
    }

    fn settle_query(&self) -> &'static str {
        MariadbLauncher.settle_query()
    }
}

/// What a throwaway server does differently from the server's own defaults: nothing that the optimiser looks at.
/// It waits for no disk, writes no binary log, and listens on its socket alone.
const OWN_SETTINGS: [&str; 12] = [
    "--skip-networking",
    "--mysqlx=OFF",
    "--skip-name-resolve",
    "--disable-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--local-infile=1",
    "--secure-file-priv=NULL",
];

fn address(layout: &Layout, user: &str, database: &str) -> String {
    let socket = url_encode(&socket(layout).to_string_lossy());
    format!("mysql://{user}@localhost/{}?socket={socket}", url_encode(database))
}

fn socket(layout: &Layout) -> PathBuf {
    layout.socket_dir.join("mysqld.sock")
}

fn prefixed(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

/// `mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))`; MariaDB installs a program of this name too.
fn parse_version(text: &str) -> Option<String> {
    let version = text.split_once("Ver ")?.1.split_whitespace().next()?;
    let number = version.split('-').next().unwrap_or(version);
    (!text.contains("MariaDB")).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mysql_is_taken_for_mysql() {
        let text = "/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))";
        assert_eq!(parse_version(text).as_deref(), Some("9.7.4"));
        assert_eq!(
            parse_version("mysqld  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu"),
            None
        );
    }
}
