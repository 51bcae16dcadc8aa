//! Everything a connection needs, resolved and checked.

use std::path::PathBuf;
use std::time::Duration;

use super::environment::Environment;
use super::host::{self, Host, Password};
use super::keywords::Keywords;
use super::service;
use crate::engine::{DbError, DbErrorKind};

/// How much TLS is wanted; each level demands what the one before it does, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// `None`: no such file is known. `Some("system")`: the system's roots.
    pub root: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// A resolved connection string. Safe to show: its password hides itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub hosts: Vec<Host>,
    pub database: String,
    pub user: String,
    pub ssl_mode: SslMode,
    pub tls: TlsFiles,
    /// The keywords that the driver reads as they are.
    pub driver: Vec<(String, String)>,
    pub options: Option<String>,
    pub application_name: String,
    /// Per host. `None`: not given. Zero: wait for ever.
    pub connect_timeout: Option<Duration>,
    pub attributes: SessionAttributes,
    pub shuffle_hosts: bool,
    pub server_name_indication: bool,
    pub tls_versions: (Option<String>, Option<String>),
}

impl Target {
    pub fn resolve(text: &str, environment: &Environment) -> Result<Self, DbError> {
        let keywords = all_keywords(text, environment)?;
        let user = match (keywords.get("user"), environment.user.as_deref()) {
            (Some(user), _) | (None, Some(user)) => user.to_owned(),
            (None, None) => {
                return Err(bad("no user is given").with_remedy("user@ in the URL, or PGUSER"));
            }
        };
        let database = keywords.get("dbname").unwrap_or(&user).to_owned();
        let mut target = Target {
            hosts: host::hosts(&keywords)?,
            ssl_mode: ssl_mode(&keywords)?,
            tls: tls_files(&keywords, environment),
            driver: driver_keywords(&keywords),
            options: keywords.get("options").map(str::to_owned),
            application_name: keywords.get("application_name").unwrap_or("planwise").to_owned(),
            connect_timeout: connect_timeout(&keywords)?,
            attributes: attributes(&keywords)?,
            shuffle_hosts: keywords.get("load_balance_hosts") == Some("random"),
            server_name_indication: keywords.get("sslsni") != Some("0"),
            tls_versions: (
                keywords.get("ssl_min_protocol_version").map(str::to_owned),
                keywords.get("ssl_max_protocol_version").map(str::to_owned),
            ),
            user,
            database,
        };
        target.find_passwords(&keywords, environment);
        Ok(target)
    }

    /// The same server and login, another database.
    pub fn with_database(&self, database: &str) -> Target {
        Target { database: database.to_owned(), ..self.clone() }
    }

    fn find_passwords(&mut self, keywords: &Keywords, environment: &Environment) {
        let file = match keywords.get("passfile") {
            Some(file) => Some(PathBuf::from(file)),
            None => environment.in_home(".pgpass"),
        };
        for host in &mut self.hosts {
            if let Some(password) = keywords.get("password") {
                host.password = Some(Password::new(password));
            } else if let Some(file) = &file {
                host.look_up_password(file, &self.database, &self.user);
            }
        }
    }
}

/// String, then service file, then environment: what comes first holds.
fn all_keywords(text: &str, environment: &Environment) -> Result<Keywords, DbError> {
    let mut keywords = Keywords::parse(text)?;
    if leaves_nothing_open(&keywords) {
        return Ok(keywords);
    }
    let service = keywords.get("service").or(environment.variable("PGSERVICE")).map(str::to_owned);
    if let Some(service) = service {
        keywords.fill_from(service::read(&service, environment)?);
    }
    keywords.fill_from(environment.keywords()?);
    Ok(keywords)
}

/// As the URL of a throwaway server does: a socket, on which there is no TLS to be weakened, and all that a variable or a
/// service for another server could spoil.
fn leaves_nothing_open(keywords: &Keywords) -> bool {
    let on_socket = keywords.get("host").is_some_and(|host| host.starts_with('/'));
    on_socket && ["port", "user", "dbname", "options"].iter().all(|keyword| keywords.has(keyword))
}

fn ssl_mode(keywords: &Keywords) -> Result<SslMode, DbError> {
    let system_roots = keywords.get("sslrootcert") == Some("system");
    let mode = match keywords.get("sslmode") {
        None if system_roots => SslMode::VerifyFull,
        None | Some("prefer") => SslMode::Prefer,
        Some("disable") => SslMode::Disable,
        Some("allow") => SslMode::Allow,
        Some("require") => SslMode::Require,
        Some("verify-ca") => SslMode::VerifyCa,
        Some("verify-full") => SslMode::VerifyFull,
        Some(other) => {
            return Err(bad(format!("sslmode \"{other}\" is not known"))
                .with_remedy("disable, allow, prefer, require, verify-ca or verify-full"));
        }
    };
    // Anybody can get a certificate from a public authority: without the name it proves nothing.
    if system_roots && mode != SslMode::VerifyFull {
        return Err(bad("sslrootcert=system is only safe with sslmode=verify-full"));
    }
    Ok(mode)
}

fn tls_files(keywords: &Keywords, environment: &Environment) -> TlsFiles {
    let file = |keyword: &str, default: &str| match keywords.get(keyword) {
        Some(file) => Some(PathBuf::from(file)),
        None => environment.in_home(&format!(".postgresql/{default}")).filter(|file| file.exists()),
    };
    TlsFiles {
        root: file("sslrootcert", "root.crt"),
        certificate: file("sslcert", "postgresql.crt"),
        key: file("sslkey", "postgresql.key"),
    }
}

fn driver_keywords(keywords: &Keywords) -> Vec<(String, String)> {
    const PASSED_ON: &[(&str, &str)] = &[
        ("channel_binding", "channel_binding"),
        ("keepalives", "keepalives"),
        ("keepalives_count", "keepalives_retries"),
        ("keepalives_idle", "keepalives_idle"),
        ("keepalives_interval", "keepalives_interval"),
        ("sslnegotiation", "sslnegotiation"),
        ("tcp_user_timeout", "tcp_user_timeout"),
    ];
    let given = PASSED_ON.iter().filter_map(|(own, driver)| Some((driver, keywords.get(own)?)));
    given.map(|(driver, value)| ((*driver).to_owned(), value.to_owned())).collect()
}

fn connect_timeout(keywords: &Keywords) -> Result<Option<Duration>, DbError> {
    let Some(text) = keywords.get("connect_timeout") else { return Ok(None) };
    match text.trim().parse::<i64>() {
        Ok(seconds) => Ok(Some(Duration::from_secs(seconds.max(0).unsigned_abs()))),
        Err(_) => Err(bad("connect_timeout is not a whole number of seconds")),
    }
}

fn attributes(keywords: &Keywords) -> Result<SessionAttributes, DbError> {
    Ok(match keywords.get("target_session_attrs") {
        None | Some("any") => SessionAttributes::Any,
        Some("read-write") => SessionAttributes::ReadWrite,
        Some("read-only") => SessionAttributes::ReadOnly,
        Some("primary") => SessionAttributes::Primary,
        Some("standby") => SessionAttributes::Standby,
        Some("prefer-standby") => SessionAttributes::PreferStandby,
        Some(other) => {
            return Err(bad(format!("target_session_attrs \"{other}\" is not known"))
                .with_remedy("any, read-write, read-only, primary, standby or prefer-standby"));
        }
    })
}

fn bad(message: impl Into<String>) -> DbError {
    DbError::new(DbErrorKind::BadTarget, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Environment { variables, home: None, user: Some("os-user".into()) }
    }

    fn resolved(text: &str, variables: &[(&str, &str)]) -> Target {
        Target::resolve(text, &environment(variables))
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn refused(text: &str) -> String {
        Target::resolve(text, &environment(&[])).unwrap_err().to_string()
    }

    #[test]
    fn the_string_holds_over_the_environment() {
        let variables =
            [("PGHOST", "env"), ("PGPORT", "7"), ("PGUSER", "eve"), ("PGPASSWORD", "pw")];
        let target = resolved("postgres://al@own/db", &variables);
        assert_eq!((target.hosts[0].name.as_str(), target.hosts[0].port), ("own", 7));
        assert_eq!((target.user.as_str(), target.database.as_str()), ("al", "db"));
        assert_eq!(target.hosts[0].password.as_ref().map(Password::reveal), Some("pw"));
        let target = resolved("", &variables);
        assert_eq!((target.hosts[0].name.as_str(), target.database.as_str()), ("env", "eve"));
        assert_eq!(resolved("", &[]).user, "os-user");
    }

    #[test]
    fn a_service_stands_between_string_and_environment() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("services");
        std::fs::write(&file, "[s]\nhost=from-service\nport=1111\nuser=su\n").unwrap();
        let file = file.display().to_string();
        let variables = [("PGSERVICEFILE", file.as_str()), ("PGHOST", "env"), ("PGDATABASE", "d")];
        let target = resolved("service=s port=2222", &variables);
        assert_eq!(target.hosts[0].to_string(), "from-service:2222");
        assert_eq!((target.user.as_str(), target.database.as_str()), ("su", "d"));
    }

    #[test]
    fn several_hosts_each_with_its_port_and_password() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pass");
        std::fs::write(&file, "b:6:*:*:for-b\n/s:5432:*:*:for-s\n").unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        let file = file.display().to_string();
        let target = resolved("host=a,b,/s port=5,6,", &[("PGPASSFILE", &file)]);
        let shown: Vec<String> = target.hosts.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a:5", "b:6", "/s/.s.PGSQL.5432"]);
        let passwords: Vec<_> =
            target.hosts.iter().map(|h| h.password.as_ref().map(Password::reveal)).collect();
        assert_eq!(passwords, [None, Some("for-b"), Some("for-s")]);
    }

    #[test]
    fn a_password_shows_nowhere() {
        let target = resolved("postgres://u:s3cret@h/d", &[("PGPASSWORD", "s3cret")]);
        assert!(!format!("{target:?} {}", target.hosts[0]).contains("s3cret"));
        assert!(format!("{target:?}").contains("Password(…)"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(refused("host=a,b port=1,2,3").contains("3 ports are given for 2 hosts"));
        assert!(refused("host=a port=70000").contains("from 1 to 65535"));
        assert!(refused("host=a sslmode=verify_full").contains("\"verify_full\" is not known"));
        assert!(refused("host=a sslmode=require sslrootcert=system").contains("verify-full"));
        assert!(refused("host=a connect_timeout=soon").contains("connect_timeout"));
        assert_eq!(resolved("host=a sslrootcert=system", &[]).ssl_mode, SslMode::VerifyFull);
        assert_eq!(resolved("host=a", &[]).ssl_mode, SslMode::Prefer);
    }
}
