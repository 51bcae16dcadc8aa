//! Which server, which login: URL first, then the environment, then the option file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use mysql_async::{Opts, OptsBuilder, SslOpts};

use super::option_file::client_options;
use crate::bounded;
use crate::engine::{DbError, DbErrorKind};

/// What the process's surroundings say about the connection.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
}

const VARIABLES: [&str; 5] =
    ["MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_PWD", "USER"];
const USUAL_SOCKETS: [&str; 3] =
    ["/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

impl Environment {
    pub fn of_process() -> Environment {
        let variables = VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        let file = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".my.cnf"));
        let text = file
            .and_then(|file| bounded::read_text(&file, bounded::SMALL).ok())
            .unwrap_or_default();
        Environment { variables, options: client_options(&text) }
    }

    fn value(&self, variable: &str, option: &str) -> Option<String> {
        self.variables.get(variable).or_else(|| self.options.get(option)).cloned()
    }
}

/// A resolved connection.
#[derive(Clone)]
pub struct Target {
    pub options: Opts,
    /// Host and port, or socket. No credentials.
    pub address: String,
    pub encrypted: bool,
}

impl Target {
    pub fn resolve(url: &str, environment: &Environment) -> Result<Target, DbError> {
        let given = Given::read(url)?;
        let socket = given.socket(environment);
        let (host, port) = given.host_and_port(environment)?;
        let tls = tls(&given.parameters, &environment.options)?;
        let address = match &socket {
            Some(socket) => socket.clone(),
            None => format!("{host}:{port}"),
        };
        let fallback_user = environment.variables.get("USER").cloned();
        let user =
            given.user.or_else(|| environment.options.get("user").cloned()).or(fallback_user);
        let password = given.password.or_else(|| environment.value("MYSQL_PWD", "password"));
        let database = given.database.or_else(|| environment.options.get("database").cloned());
        let encrypted = tls.is_some();
        let options = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(port)
            .socket(socket)
            .user(user)
            .pass(password)
            .db_name(database)
            .ssl_opts(tls)
            .prefer_socket(false)
            .stmt_cache_size(0)
            .connect_attribute("program_name", "planwise");
        Ok(Target { options: options.into(), address, encrypted })
    }
}

/// Without the login: the driver's options print their password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.address)
    }
}

/// What the URL itself says.
#[derive(Default)]
struct Given {
    user: Option<String>,
    password: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    parameters: BTreeMap<String, String>,
}

impl Given {
    fn read(url: &str) -> Result<Given, DbError> {
        if url.is_empty() {
            return Ok(Given::default());
        }
        let rest = url.split_once("://").map(|(_, rest)| rest);
        let rest = rest.ok_or_else(|| bad("the URL has to begin with mariadb:// or mysql://"))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decoded(password)?)),
            None => (login, None),
        };
        let (host, port) = host_and_port(place)?;
        Ok(Given {
            user: some(decoded(user)?),
            password,
            host: some(decoded(host)?),
            port,
            database: some(decoded(database)?),
            parameters: parameters(query)?,
        })
    }

    fn socket(&self, environment: &Environment) -> Option<String> {
        if let Some(socket) = self.parameters.get("socket") {
            return Some(socket.clone());
        }
        let host = self.host.clone().or_else(|| environment.value("MYSQL_HOST", "host"));
        let local = host.is_none_or(|host| host == "localhost") && self.port.is_none();
        if !local {
            return None;
        }
        let named = environment.value("MYSQL_UNIX_PORT", "socket");
        let usual = || USUAL_SOCKETS.iter().find(|path| std::path::Path::new(path).exists());
        named.or_else(|| usual().map(|path| (*path).to_owned()))
    }

    fn host_and_port(&self, environment: &Environment) -> Result<(String, u16), DbError> {
        let host = self.host.clone().or_else(|| environment.value("MYSQL_HOST", "host"));
        let port = match (self.port, environment.value("MYSQL_TCP_PORT", "port")) {
            (Some(port), _) => port,
            (None, Some(text)) => {
                text.parse().map_err(|_| bad(format!("\"{text}\" is not a port")))?
            }
            (None, None) => 3306,
        };
        Ok((host.unwrap_or_else(|| "localhost".to_owned()), port))
    }
}

/// `[::1]:3306`, `host:3306`, `host`.
fn host_and_port(place: &str) -> Result<(&str, Option<u16>), DbError> {
    let after_bracket = place.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match after_bracket {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match place.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let parse = |port: &str| port.parse().map_err(|_| bad(format!("\"{port}\" is not a port")));
    Ok((host, port.map(parse).transpose()?))
}

fn parameters(query: &str) -> Result<BTreeMap<String, String>, DbError> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut parameters = BTreeMap::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !["socket", "ssl-mode", "ssl-ca"].contains(&name) {
            let known = "socket, ssl-mode, ssl-ca";
            return Err(bad(format!("unknown parameter \"{name}\" in the URL; there are {known}")));
        }
        parameters.insert(name.to_owned(), decoded(value)?);
    }
    Ok(parameters)
}

/// The client's own words for how far a server is trusted.
fn tls(
    parameters: &BTreeMap<String, String>,
    options: &BTreeMap<String, String>,
) -> Result<Option<SslOpts>, DbError> {
    let value = |name: &str| parameters.get(name).or_else(|| options.get(name)).cloned();
    let authority = value("ssl-ca");
    let usual = if authority.is_some() { "VERIFY_IDENTITY" } else { "DISABLED" };
    let mode = value("ssl-mode").unwrap_or_else(|| usual.to_owned()).to_uppercase();
    let any_certificate = SslOpts::default()
        .with_danger_accept_invalid_certs(true)
        .with_danger_skip_domain_validation(true);
    let trusted = SslOpts::default()
        .with_root_certs(authority.into_iter().map(|path| PathBuf::from(path).into()).collect());
    match mode.as_str() {
        "DISABLED" => Ok(None),
        "REQUIRED" => Ok(Some(any_certificate)),
        "VERIFY_CA" => Ok(Some(trusted.with_danger_skip_domain_validation(true))),
        "VERIFY_IDENTITY" => Ok(Some(trusted)),
        _ => Err(bad(format!(
            "ssl-mode={mode}: there are DISABLED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY"
        ))),
    }
}

fn decoded(text: &str) -> Result<String, DbError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
            _ => return Err(bad("a % in the URL is not followed by two hexadecimal digits")),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad("the URL is not UTF-8 text"))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn bad(message: impl Into<String>) -> DbError {
    DbError::new(DbErrorKind::BadTarget, message)
        .with_remedy("mariadb://user:password@host:3306/database, or …/database?socket=/path")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(url: &str, environment: &Environment) -> Target {
        Target::resolve(url, environment).unwrap()
    }

    #[test]
    fn a_url_says_it_all() {
        let target = resolve("mysql://a%40b:p%3Aw%2F@[::1]:3307/my%20db", &Environment::default());
        let options = &target.options;
        assert_eq!((options.user(), options.pass()), (Some("a@b"), Some("p:w/")));
        assert_eq!((options.ip_or_hostname(), options.tcp_port()), ("::1", 3307));
        assert_eq!(options.db_name(), Some("my db"));
        assert_eq!(target.address, "::1:3307");
        assert!(!target.encrypted);
    }

    #[test]
    fn the_environment_fills_what_the_url_leaves_open() {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let environment = Environment {
            variables: pairs(&[("MYSQL_PWD", "secret"), ("MYSQL_HOST", "db.example")]),
            options: pairs(&[("user", "ann"), ("password", "file"), ("port", "3310")]),
        };
        let target = resolve("", &environment);
        assert_eq!(target.options.user(), Some("ann"));
        assert_eq!(target.options.pass(), Some("secret"));
        assert_eq!(target.address, "db.example:3310");
        assert!(!format!("{target:?}").contains("secret"));
    }

    #[test]
    fn a_socket_is_used_when_named() {
        let url = "mariadb://root@localhost/x?socket=/tmp/a%20b.sock";
        let target = resolve(url, &Environment::default());
        assert_eq!(target.options.socket(), Some("/tmp/a b.sock"));
        assert_eq!(target.address, "/tmp/a b.sock");
    }

    #[test]
    fn mistakes_are_named() {
        let message = |url: &str| {
            let error = Target::resolve(url, &Environment::default()).unwrap_err();
            assert_eq!(error.kind, DbErrorKind::BadTarget);
            error.message
        };
        assert!(message("mysql://h:port/x").contains("\"port\" is not a port"));
        assert!(message("mysql://h/x?sslmode=on").contains("unknown parameter \"sslmode\""));
        assert!(message("mysql://h/x?ssl-mode=maybe").contains("VERIFY_IDENTITY"));
        assert!(message("mysql://h/%zz").contains("hexadecimal"));
    }
}
