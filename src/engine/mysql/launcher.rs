//! Starting an installed MariaDB or MySQL as a sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::family::Family;
use super::sandbox_rights;
use crate::engine::installed::{folders_with, newest_first, shell_word, url_encode};
use crate::engine::{Installation, Launcher, Layout};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLauncher(pub Family);

/// A script of MariaDB; the other server initialises its own folder.
const INSTALL: &str = "mariadb-install-db";

impl ServerLauncher {
    fn server(self) -> &'static str {
        match self.0 {
            Family::Mariadb => "mariadbd",
            Family::Mysql => "mysqld",
        }
    }

    fn address(self, layout: &Layout, user: &str, database: &str) -> String {
        let socket = url_encode(&socket(layout).to_string_lossy());
        let scheme = self.0.name();
        format!("{scheme}://{user}@localhost/{}?socket={socket}", url_encode(database))
    }
}

impl Launcher for ServerLauncher {
    fn find(&self, bin_dir: Option<&Path>) -> Vec<Installation> {
        let folders = match bin_dir {
            Some(folder) => vec![folder.to_owned(), folder.join("../sbin")],
            None => folders_with(self.server()),
        };
        let version = match self.0 {
            Family::Mariadb => mariadb_version,
            Family::Mysql => mysql_version,
        };
        newest_first(folders, self.server(), version)
    }

    fn package(&self) -> &'static str {
        match self.0 {
            Family::Mariadb => "mariadb-server",
            Family::Mysql => "mysql-server",
        }
    }

    fn account(&self) -> &'static str {
        "mysql"
    }

    fn initialise(&self, installation: &Installation, layout: &Layout) -> Command {
        let data = prefixed("--datadir=", &layout.data);
        if self.0 == Family::Mysql {
            let mut command = Command::new(installation.bin_dir.join(self.server()));
            command.args(["--no-defaults", "--initialize-insecure"]).arg(data);
            return command;
        }
        let mut command = Command::new(install_program(installation));
        command.arg("--no-defaults").arg(data);
        command.args(["--auth-root-authentication-method=normal", "--skip-name-resolve"]);
        if !is_system(installation)
            && let Some(base) = installation.bin_dir.parent()
        {
            command.arg(prefixed("--basedir=", base));
        }
        command
    }

    fn start(
        &self,
        installation: &Installation,
        layout: &Layout,
        settings: &[(String, String)],
    ) -> Command {
        let mut command = Command::new(installation.bin_dir.join(self.server()));
        command.arg("--no-defaults").arg(prefixed("--datadir=", &layout.data));
        command.arg(prefixed("--socket=", &socket(layout)));
        command.arg(prefixed("--pid-file=", &layout.socket_dir.join("mysql.pid")));
        command.arg(prefixed("--tmpdir=", &layout.socket_dir));
        command.arg(prefixed("--secure-file-priv=", &layout.empty()));
        command.args(OWN_SETTINGS);
        command.args(match self.0 {
            Family::Mariadb => ["--symbolic-links=0"].as_slice(),
            Family::Mysql => ["--mysqlx=OFF", "--disable-log-bin", "--local-infile=1"].as_slice(),
        });
        command.args(settings.iter().map(|(name, value)| format!("--{name}={value}")));
        command
    }

    fn url(&self, layout: &Layout, database: &str) -> String {
        self.address(layout, sandbox_rights::SUPERUSER, database)
    }

    fn owner_url(&self, layout: &Layout, database: &str) -> String {
        self.address(layout, sandbox_rights::OWNER, database)
    }

    fn client_command(&self, layout: &Layout, database: &str) -> String {
        let socket = shell_word(&socket(layout).to_string_lossy());
        let owner = sandbox_rights::OWNER;
        // The client's program is called as the engine is.
        let client = self.0.name();
        format!("{client} --no-defaults --user={owner} --socket={socket} {}", shell_word(database))
    }

    fn first_database(&self) -> &'static str {
        "test"
    }

    /// A new MySQL has no database for users.
    fn setup_databases(&self) -> Vec<&'static str> {
        vec![self.answering_database()]
    }

    fn answering_database(&self) -> &'static str {
        "mysql"
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

    /// An empty field is NULL, as it is in the other engines' CSV.
    fn csv_load(&self, table: &str, columns: &[String]) -> String {
        let variables: Vec<String> = (1..=columns.len()).map(|n| format!("@field{n}")).collect();
        let assign = |(n, column): (usize, &String)| {
            format!("{} = NULLIF(@field{}, '')", quote(column), n + 1)
        };
        let assignments: Vec<String> = columns.iter().enumerate().map(assign).collect();
        format!(
            "LOAD DATA LOCAL INFILE 'rows' INTO TABLE {} CHARACTER SET utf8mb4 \
             FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' \
             LINES TERMINATED BY '\\n' IGNORE 1 LINES ({}) SET {}",
            quote(table),
            variables.join(", "),
            assignments.join(", ")
        )
    }

    /// The log is written at leisure otherwise.
    fn before_twin(&self) -> Option<&'static [&'static str]> {
        Some(&["FLUSH TABLES", "FLUSH ENGINE LOGS"])
    }

    fn settle_query(&self) -> &'static str {
        "SELECT CONCAT('ANALYZE TABLE `', REPLACE(TABLE_SCHEMA, '`', '``'), '`.`', \
                       REPLACE(TABLE_NAME, '`', '``'), '`') \
         FROM information_schema.TABLES \
         WHERE TABLE_TYPE = 'BASE TABLE' \
           AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
    }
}

/// What a throwaway server does differently from the server's own defaults: nothing that the
/// optimiser looks at. It does not wait for disks (`innodb_flush_log_at_trx_commit`, doublewrite), gathers statistics when it is told and not in the
/// middle of a measurement, and does not carry its buffer pool over to the next start.
const OWN_SETTINGS: [&str; 9] = [
    "--skip-networking",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-stats-auto-recalc=0",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
];

fn socket(layout: &Layout) -> PathBuf {
    layout.socket_dir.join("mysql.sock")
}

fn prefixed(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Packages put the server into `sbin` and the script that initialises into `bin`; archives from the
/// project have it in `scripts`.
fn install_program(installation: &Installation) -> PathBuf {
    let beside = ["", "../bin", "../scripts"].map(|folder| installation.bin_dir.join(folder));
    let beside = beside.into_iter().chain(folders_with(INSTALL));
    let found = beside.map(|folder| folder.join(INSTALL)).find(|program| program.is_file());
    found.unwrap_or_else(|| installation.bin_dir.join(INSTALL))
}

fn is_system(installation: &Installation) -> bool {
    ["/usr/sbin", "/usr/bin"].iter().any(|folder| installation.bin_dir == Path::new(folder))
}

/// `mariadbd  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64 (Debian 12)`.
fn mariadb_version(text: &str) -> Option<String> {
    version_word(text)?.split_once("-MariaDB").map(|(number, _)| number.to_owned())
}

/// `mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))`; MariaDB installs a program of this name too.
fn mysql_version(text: &str) -> Option<String> {
    let number = version_word(text)?.split('-').next()?;
    (!text.contains("MariaDB")).then(|| number.to_owned())
}

fn version_word(text: &str) -> Option<&str> {
    text.split_once("Ver ")?.1.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_server_is_taken_for_the_other() {
        let mariadb = "mysqld  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64";
        let mysql = "/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))";
        assert_eq!(mariadb_version(mariadb).as_deref(), Some("10.11.14"));
        assert_eq!(mysql_version(mysql).as_deref(), Some("9.7.4"));
        assert_eq!((mariadb_version(mysql), mysql_version(mariadb)), (None, None));
    }

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        let statement = ServerLauncher(Family::Mariadb).csv_load("a`b", &["x`y".to_owned()]);
        assert!(statement.contains("INTO TABLE `a``b` "), "{statement}");
        assert!(statement.ends_with("SET `x``y` = NULLIF(@field1, '')"), "{statement}");
    }
}
