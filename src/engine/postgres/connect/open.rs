//! Trying hosts, with and without TLS, until one answers as wanted.

use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use rustls::CertificateError;
use tokio_postgres::{CancelToken, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::host::Host;
use super::target::{SessionAttributes, SslMode, Target};
use super::tls;
use crate::engine::postgres::failure;
use crate::engine::{DbError, DbErrorKind};

/// An open connection and what is needed to cancel on it.
pub struct Link {
    pub client: Client,
    pub cancel: CancelToken,
    pub tls: MakeRustlsConnect,
    pub host: Host,
    pub encrypted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wire {
    Plain,
    Tls,
}

/// Connects to the first host that answers and is what `target_session_attrs` asks for.
/// A refused login ends the search: the next host would refuse it too.
pub async fn open(target: &Target, default_timeout: Duration) -> Result<Link, DbError> {
    let connector = tls::connector(target)?;
    let timeout = target.connect_timeout.unwrap_or(default_timeout);
    let started = Instant::now();
    let mut failures: Vec<DbError> = Vec::new();
    for attributes in rounds(target.attributes) {
        for host in hosts_in_order(target) {
            let attempt = Attempt { target, host, connector: &connector, timeout };
            match attempt.run(*attributes).await {
                Ok(link) => return Ok(logged(link, target, started)),
                Err(error) if error.kind == DbErrorKind::Unreachable => failures.push(error),
                Err(error) => return Err(error),
            }
        }
    }
    Err(together(failures))
}

fn logged(link: Link, target: &Target, started: Instant) -> Link {
    let ms = started.elapsed().as_millis();
    let (database, user, tls) = (&target.database, &target.user, link.encrypted);
    tracing::info!(server = %link.host, database, user, tls, ms, "connected");
    link
}

/// `prefer-standby` looks at all hosts twice.
fn rounds(attributes: SessionAttributes) -> &'static [SessionAttributes] {
    use SessionAttributes::*;
    match attributes {
        Any => &[Any],
        ReadWrite => &[ReadWrite],
        ReadOnly => &[ReadOnly],
        Primary => &[Primary],
        Standby => &[Standby],
        PreferStandby => &[Standby, Any],
    }
}

fn hosts_in_order(target: &Target) -> Vec<&Host> {
    let mut hosts: Vec<&Host> = target.hosts.iter().collect();
    if target.shuffle_hosts {
        hosts.shuffle(&mut rand::rng());
    }
    hosts
}

fn together(mut failures: Vec<DbError>) -> DbError {
    failures.dedup();
    let Some(last) = failures.pop() else {
        return DbError::new(DbErrorKind::BadTarget, "no host is given");
    };
    let earlier: Vec<String> = failures.iter().map(|error| error.message.clone()).collect();
    let message = earlier.into_iter().chain([last.message.clone()]).collect::<Vec<_>>().join("; ");
    DbError { message, ..last }
}

struct Attempt<'a> {
    target: &'a Target,
    host: &'a Host,
    connector: &'a MakeRustlsConnect,
    timeout: Duration,
}

impl Attempt<'_> {
    async fn run(&self, attributes: SessionAttributes) -> Result<Link, DbError> {
        let mut result = Err(DbError::new(DbErrorKind::Unreachable, "not tried"));
        for wire in wires(self.target.ssl_mode, self.host) {
            result = self.connect(*wire).await;
            match &result {
                Err(error) if may_try_other_wire(error) => {}
                _ => break,
            }
        }
        let link = result?;
        self.check(&link, attributes).await?;
        Ok(link)
    }

    async fn connect(&self, wire: Wire) -> Result<Link, DbError> {
        let config = self.config(wire)?;
        let connecting = config.connect(self.connector.clone());
        let connected = if self.timeout.is_zero() {
            connecting.await
        } else {
            tokio::time::timeout(self.timeout, connecting).await.map_err(|_| self.timed_out())?
        };
        let (client, connection) = connected.map_err(|error| self.explain(&error))?;
        tokio::spawn(async move {
            // Its error reaches the caller through the statement that was running.
            let _ = connection.await;
        });
        let (cancel, tls) = (client.cancel_token(), self.connector.clone());
        let encrypted = wire == Wire::Tls;
        Ok(Link { client, cancel, tls, host: self.host.clone(), encrypted })
    }

    fn config(&self, wire: Wire) -> Result<Config, DbError> {
        let mut config = notice_silence(driver_config(&self.target.driver)?, &self.target.driver);
        config.user(&self.target.user).dbname(&self.target.database).port(self.host.port);
        config.application_name(&self.target.application_name);
        match self.host.is_socket() {
            true => config.host_path(&self.host.name),
            false => config.host(&self.host.name),
        };
        if let Some(address) = self.host.address {
            config.hostaddr(address);
        }
        if let Some(password) = &self.host.password {
            config.password(password.reveal());
        }
        if let Some(options) = &self.target.options {
            config.options(options);
        }
        if !self.timeout.is_zero() {
            config.connect_timeout(self.timeout);
        }
        config.ssl_mode(match wire {
            Wire::Plain => tokio_postgres::config::SslMode::Disable,
            Wire::Tls => tokio_postgres::config::SslMode::Require,
        });
        Ok(config)
    }

    async fn check(&self, link: &Link, attributes: SessionAttributes) -> Result<(), DbError> {
        use SessionAttributes::*;
        let (query, wanted, refusal) = match attributes {
            Any | PreferStandby => return Ok(()),
            ReadWrite => ("SHOW transaction_read_only", "off", "does not accept writes"),
            ReadOnly => ("SHOW transaction_read_only", "on", "accepts writes"),
            Primary => ("SELECT pg_is_in_recovery()::text", "false", "is a standby"),
            Standby => ("SELECT pg_is_in_recovery()::text", "true", "is not a standby"),
        };
        let row = link.client.query_one_scalar::<String, _>(query, &[]).await;
        match row.map_err(|error| failure::of_statement(&error))? == wanted {
            true => Ok(()),
            false => {
                Err(self.unreachable(format!("{refusal}, but target_session_attrs asks for it")))
            }
        }
    }

    fn timed_out(&self) -> DbError {
        let seconds = self.timeout.as_secs_f64();
        self.unreachable(format!("did not answer within {seconds} s"))
            .with_remedy("check host and port, firewalls, and connect_timeout")
    }

    fn unreachable(&self, what: impl std::fmt::Display) -> DbError {
        DbError::new(DbErrorKind::Unreachable, format!("the server at {} {what}", self.host))
    }

    fn explain(&self, error: &tokio_postgres::Error) -> DbError {
        if let Some(server) = error.as_db_error() {
            return self.refused(failure::of_server(server));
        }
        if let Some(tls) = failure::cause::<rustls::Error>(error) {
            return self.tls_failed(tls);
        }
        if let Some(local) = failure::cause::<std::io::Error>(error).and_then(DbError::local) {
            return local;
        }
        let text = failure::with_cause(error);
        if text.contains("server does not support TLS") {
            return self.unreachable("does not offer TLS").with_remedy(
                "turn ssl on in the server's configuration, or use sslmode=prefer where the network is trusted",
            );
        }
        if text.contains("password missing") {
            return self.refused(
                DbError::new(
                    DbErrorKind::Authentication,
                    "the server asks for a password and none is given",
                )
                .with_remedy("PGPASSWORD, ~/.pgpass, or the URL"),
            );
        }
        if text.starts_with("authentication error") || text.starts_with("invalid configuration") {
            return self.refused(DbError::new(DbErrorKind::Authentication, text));
        }
        let io = failure::cause::<std::io::Error>(error).map_or(text, ToString::to_string);
        self.unreachable(format!("cannot be reached: {io}")).with_remedy(self.reach_remedy())
    }

    fn reach_remedy(&self) -> &'static str {
        match self.host.is_socket() {
            true => {
                "is the server running, and is this its socket directory? host=… or PGHOST names another"
            }
            false => {
                "is the server running, and does it listen there? check host and port, or PGHOST and PGPORT"
            }
        }
    }

    /// A refusal, with what we know about the password that was or was not sent.
    fn refused(&self, mut error: DbError) -> DbError {
        if error.kind == DbErrorKind::ConnectionLost {
            error.kind = DbErrorKind::Unreachable;
        }
        if error.kind == DbErrorKind::Authentication && self.host.password.is_none() {
            error.remedy = self.host.password_note.clone().or(error.remedy);
        }
        error
    }

    fn tls_failed(&self, error: &rustls::Error) -> DbError {
        use rustls::Error::InvalidCertificate;
        let (what, remedy) = match error {
            InvalidCertificate(CertificateError::UnknownIssuer) => (
                "has a certificate that none of the trusted roots has signed".to_owned(),
                "sslrootcert=FILE with the certificate of the authority that signed it",
            ),
            InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => (
                format!("has a certificate for another name than \"{}\"", self.host.name),
                "use the host name in the certificate's subjectAltName (hostaddr= gives the address), or sslmode=verify-ca",
            ),
            InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            ) => {
                ("has a certificate that has expired".to_owned(), "renew the server's certificate")
            }
            InvalidCertificate(other) => (
                format!("has a certificate that cannot be verified: {other:?}"),
                "an X.509 version 3 certificate with a subjectAltName, signed by an authority that is not the certificate itself",
            ),
            other => {
                (format!("failed in the TLS handshake: {other}"), "check the server's TLS settings")
            }
        };
        self.unreachable(what).with_remedy(remedy)
    }
}

/// The order of attempts that each mode means. Sockets never use TLS.
fn wires(mode: SslMode, host: &Host) -> &'static [Wire] {
    match mode {
        _ if host.is_socket() => &[Wire::Plain],
        SslMode::Disable => &[Wire::Plain],
        SslMode::Allow => &[Wire::Plain, Wire::Tls],
        SslMode::Prefer => &[Wire::Tls, Wire::Plain],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Wire::Tls],
    }
}

/// pg_hba.conf may want the other kind of connection, or TLS may not work.
fn may_try_other_wire(error: &DbError) -> bool {
    let by_configuration = error.sqlstate.as_deref() == Some("28000");
    let by_tls = error.message.contains("TLS") || error.message.contains("certificate");
    by_configuration || by_tls
}

/// A peer that is gone without a word is noticed within a minute, unless the URL says otherwise: the
/// system's own patience is two hours.
fn notice_silence(mut config: Config, given: &[(String, String)]) -> Config {
    let is_given = |keyword: &str| given.iter().any(|(name, _)| name == keyword);
    if !is_given("keepalives_idle") {
        config.keepalives_idle(Duration::from_secs(20));
    }
    if !is_given("keepalives_interval") {
        config.keepalives_interval(Duration::from_secs(10));
    }
    if !is_given("keepalives_retries") {
        config.keepalives_retries(3);
    }
    if !is_given("tcp_user_timeout") {
        config.tcp_user_timeout(Duration::from_secs(60));
    }
    config
}

fn driver_config(keywords: &[(String, String)]) -> Result<Config, DbError> {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
    let text: Vec<String> =
        keywords.iter().map(|(keyword, value)| format!("{keyword}='{}'", quoted(value))).collect();
    text.join(" ").parse().map_err(|error: tokio_postgres::Error| {
        DbError::new(DbErrorKind::BadTarget, failure::with_cause(&error))
    })
}
