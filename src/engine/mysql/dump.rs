//! Reading a database as a script, by the server's own dump program, to copy it into a sandbox.

use std::fs::OpenOptions;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::connect::{Environment, Target};
use super::family::Family;
use super::session::MysqlSession;
use crate::engine::dumping::Output;
use crate::engine::installed::folders_with;
use crate::engine::{DbError, DbErrorKind, Dump, DumpOptions, Session, SessionOptions};

const BUFFER: usize = 256 * 1024;

/// One moment's state of all tables, and everything that belongs to them; nothing on the server is locked.
const ARGUMENTS: [&str; 11] = [
    "--single-transaction",
    "--quick",
    "--skip-lock-tables",
    "--routines",
    "--triggers",
    "--no-tablespaces",
    "--hex-blob",
    "--skip-add-locks",
    "--skip-comments",
    "--default-character-set=utf8mb4",
    "--max-allowed-packet=64M",
];

pub async fn dump(url: &str, options: &DumpOptions) -> Result<Dump, DbError> {
    let target = Target::resolve(url, &Environment::of_process())?;
    let mut session = MysqlSession::connect(url, &SessionOptions::default()).await?;
    let server = session.server().await?;
    if server.database.is_empty() {
        return Err(DbError::new(DbErrorKind::BadTarget, "no database is named")
            .with_remedy("name the database to copy in the URL"));
    }
    let database_bytes = server.database_bytes.unwrap_or(0);
    options.check(&server.database, database_bytes)?;
    let program = find(session.family(), options.bin_dir.as_deref())?;
    let login = Login::write(&target).map_err(|error| local(&error))?;
    let mut command = Command::new(&program);
    command.arg(login.argument()).args(ARGUMENTS);
    if is_mysqls_own(&program) {
        command.args(["--set-gtid-purged=OFF", "--column-statistics=0"]);
    }
    command.arg("--").arg(&server.database).env_remove("MYSQL_PWD");
    let output = Output::of(&mut command).map_err(|error| {
        DbError::new(DbErrorKind::Unsupported, format!("cannot run {}: {error}", program.display()))
    })?;
    let source = WithLogin { output, _login: login };
    Ok(Dump {
        source: Box::new(BufReader::with_capacity(BUFFER, source)),
        name: format!("dump of {} on {}", server.database, server.address),
        database_bytes,
    })
}

fn local(error: &io::Error) -> DbError {
    DbError::local(error)
        .unwrap_or_else(|| DbError::new(DbErrorKind::Unsupported, error.to_string()))
}

fn find(family: Family, bin_dir: Option<&Path>) -> Result<PathBuf, DbError> {
    let (names, package) = match family {
        Family::Mariadb => (["mariadb-dump", "mysqldump"], "mariadb-client"),
        Family::Mysql => (["mysqldump", "mariadb-dump"], "mysql-client"),
    };
    let given = bin_dir.map(|folder| vec![folder.to_owned(), folder.join("../bin")]);
    let folders = |name: &str| given.clone().into_iter().flatten().chain(folders_with(name));
    let mut programs = names.iter().flat_map(|name| folders(name).map(move |f| f.join(name)));
    programs.find(|program| program.is_file()).ok_or_else(|| {
        let message = format!("there is no {} here, which copying a database needs", names[0]);
        DbError::new(DbErrorKind::Unsupported, message)
            .with_remedy(format!("apt-get install {package}"))
    })
}

/// MariaDB installs a program of the same name, which knows other options.
fn is_mysqls_own(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| !String::from_utf8_lossy(&output.stdout).contains("MariaDB"))
}

/// The login as an option file that only we may read: it appears in no list of processes.
struct Login(TempDir);

impl Login {
    fn write(target: &Target) -> io::Result<Login> {
        let folder = tempfile::Builder::new().prefix("planwise-login-").tempdir()?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.path().join("login.cnf"))?;
        file.write_all(option_file(target).as_bytes())?;
        Ok(Login(folder))
    }

    fn argument(&self) -> std::ffi::OsString {
        let mut argument = std::ffi::OsString::from("--defaults-file=");
        argument.push(self.0.path().join("login.cnf"));
        argument
    }
}

fn option_file(target: &Target) -> String {
    let options = &target.options;
    let mut text = "[client]\n".to_owned();
    let mut set = |name: &str, value: &str| {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        text.push_str(&format!("{name}=\"{escaped}\"\n"));
    };
    if let Some(user) = options.user() {
        set("user", user);
    }
    if let Some(password) = options.pass() {
        set("password", password);
    }
    match options.socket() {
        Some(socket) => set("socket", socket),
        None => {
            set("host", options.ip_or_hostname());
            set("port", &options.tcp_port().to_string());
            set("protocol", "tcp");
        }
    }
    if target.encrypted {
        // Whether the server is the right one was found out by our own connection to it.
        set("ssl", "1");
    }
    text
}

/// The login is there as long as the program runs.
struct WithLogin {
    output: Output,
    _login: Login,
}

impl Read for WithLogin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.output.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_stays_inside_its_quotes() {
        let url = "mysql://ann:a%22b%5Cc%0A@db.example:3307/shop";
        let target = Target::resolve(url, &Environment::default()).unwrap();
        let text = option_file(&target);
        assert!(text.contains("user=\"ann\"\n") && text.contains("port=\"3307\"\n"), "{text}");
        assert!(text.contains("password=\"a\\\"b\\\\c"), "{text}");
    }
}
