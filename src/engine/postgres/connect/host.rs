//! The servers of a target, each with its port and its password.

use std::fmt;
use std::path::Path;

use super::keywords::Keywords;
use super::passfile::{self, Login, Lookup};
use crate::engine::{DbError, DbErrorKind};

/// Where libpq looks for a socket when no host is given: Debian's directory, then the usual one.
const SOCKET_DIRS: &[&str] = &["/var/run/postgresql", "/run/postgresql", "/tmp"];
const DEFAULT_PORT: u16 = 5432;

/// Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub fn new(text: &str) -> Self {
        Password(text.to_owned())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// A name, an address, or the directory of a socket.
    pub name: String,
    /// Address to use instead of looking the name up.
    pub address: Option<std::net::IpAddr>,
    pub port: u16,
    pub password: Option<Password>,
    /// Why there is no password although a password file was there.
    pub password_note: Option<String>,
}

impl Host {
    pub fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }

    /// Takes the password from a password file, or the reason why it may not be used.
    pub fn look_up_password(&mut self, file: &Path, database: &str, user: &str) {
        let default_socket = SOCKET_DIRS.contains(&self.name.as_str());
        let host = if default_socket { "localhost" } else { &self.name };
        match passfile::look_up(file, Login { host, port: self.port, database, user }) {
            Lookup::Password(password) => self.password = Some(Password(password)),
            Lookup::Unusable(reason) => self.password_note = Some(reason),
            Lookup::Nothing => {}
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_socket() {
            true => write!(f, "{}/.s.PGSQL.{}", self.name, self.port),
            false if self.name.contains(':') => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

/// `host`, `hostaddr` and `port` are lists of equal length; where one is shorter, it holds for all.
pub fn hosts(keywords: &Keywords) -> Result<Vec<Host>, DbError> {
    let ports = ports(keywords)?;
    let list = |keyword| -> Vec<String> {
        keywords.get(keyword).map_or(Vec::new(), |list: &str| {
            list.split(',').map(|item| item.trim().to_owned()).collect()
        })
    };
    let (names, addresses) = (list("host"), list("hostaddr"));
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(bad(format!(
            "{} hosts but {} host addresses are given",
            names.len(),
            addresses.len()
        )));
    }
    let count = names.len().max(addresses.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err(bad(format!("{} ports are given for {count} hosts", ports.len())));
    }
    (0..count)
        .map(|i| {
            let port = ports.get(i).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
            host(names.get(i), addresses.get(i), port)
        })
        .collect()
}

fn host(name: Option<&String>, address: Option<&String>, port: u16) -> Result<Host, DbError> {
    let (name, address) = (name.filter(|n| !n.is_empty()), address.filter(|a| !a.is_empty()));
    let parsed = address.map(|text| text.parse()).transpose();
    let parsed = parsed.map_err(|_| bad("hostaddr is not a numeric address"))?;
    let name = match (name, address) {
        (Some(name), _) | (None, Some(name)) => name.clone(),
        (None, None) => default_host(port),
    };
    Ok(Host { name, address: parsed, port, password: None, password_note: None })
}

/// The first directory that holds a socket for `port`, else the first directory there is.
fn default_host(port: u16) -> String {
    let has_socket = |dir: &&&str| Path::new(dir).join(format!(".s.PGSQL.{port}")).exists();
    let found = SOCKET_DIRS.iter().find(has_socket);
    let found = found.or_else(|| SOCKET_DIRS.iter().find(|dir| Path::new(dir).is_dir()));
    found.map_or("localhost", |dir| dir).to_owned()
}

fn ports(keywords: &Keywords) -> Result<Vec<u16>, DbError> {
    let Some(list) = keywords.get("port") else { return Ok(Vec::new()) };
    let port = |text: &str| match text.trim() {
        "" => Ok(DEFAULT_PORT),
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            bad("the port is not a number from 1 to 65535")
                .with_remedy("in a URL, percent-encode special characters of user and password")
        }),
    };
    list.split(',').map(port).collect()
}

fn bad(message: impl Into<String>) -> DbError {
    DbError::new(DbErrorKind::BadTarget, message)
}
