//! Every `sslmode` against a server with a certificate of its own authority.

use std::time::Duration;

use planwise::engine::{Access, DbError, DbErrorKind, Session};

use super::server::{one, postgres, with};
use super::tls_server::{NAME, TlsServer, allow_everybody};

async fn connect(dsn: &str) -> Result<Box<dyn Session>, DbError> {
    postgres().connect(dsn, &with(Access::ReadOnly)).await
}

async fn encrypted(dsn: &str) -> bool {
    let mut session = connect(dsn).await.unwrap_or_else(|error| panic!("{dsn}: {error}"));
    let claimed = session.server().await.unwrap().encrypted;
    let real =
        one(session.as_mut(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await;
    assert_eq!(claimed, real == "t", "{dsn}");
    claimed
}

async fn refused(dsn: &str) -> String {
    let error = connect(dsn).await.err().unwrap_or_else(|| panic!("{dsn} connected"));
    assert_eq!(error.kind, DbErrorKind::Unreachable, "{error}");
    assert!(error.remedy.is_some(), "{error}");
    error.message
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_proves_what_it_says() {
    let Some(server) = TlsServer::start("host all all 127.0.0.0/8 trust").await else { return };
    let root = server.root();
    let other = format!("sslrootcert={}", server.file("other.crt").display());

    assert!(encrypted(&server.dsn(NAME, &format!("sslmode=verify-full {root}"))).await);
    let wrong_name =
        refused(&server.dsn("elsewhere.test", &format!("sslmode=verify-full {root}"))).await;
    assert!(wrong_name.contains("another name than \"elsewhere.test\""), "{wrong_name}");
    let wrong_root = refused(&server.dsn(NAME, &format!("sslmode=verify-full {other}"))).await;
    assert!(wrong_root.contains("none of the trusted roots"), "{wrong_root}");
    let no_root = refused(&server.dsn(NAME, "sslmode=verify-full sslrootcert=system")).await;
    assert!(no_root.contains("none of the trusted roots"), "{no_root}");

    assert!(encrypted(&server.dsn("elsewhere.test", &format!("sslmode=verify-ca {root}"))).await);
    let wrong_root = refused(&server.dsn(NAME, &format!("sslmode=verify-ca {other}"))).await;
    assert!(wrong_root.contains("none of the trusted roots"), "{wrong_root}");

    // A root that is given is used in this mode too, as in libpq.
    assert!(encrypted(&server.dsn("elsewhere.test", "sslmode=require")).await);
    refused(&server.dsn(NAME, &format!("sslmode=require {other}"))).await;

    assert!(encrypted(&server.dsn("elsewhere.test", "sslmode=prefer")).await);
    assert!(encrypted(&server.dsn("elsewhere.test", "")).await);
    assert!(!encrypted(&server.dsn("elsewhere.test", "sslmode=allow")).await);
    assert!(!encrypted(&server.dsn("elsewhere.test", "sslmode=disable")).await);
    // On a socket there is no TLS, whatever is asked for.
    let socket = format!("{}&sslmode=require", server.sandbox.url("postgres"));
    assert!(!encrypted(&socket).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_may_insist_on_either_kind() {
    let Some(only_tls) = TlsServer::start("hostssl all all 127.0.0.0/8 scram-sha-256").await else {
        return;
    };
    assert!(encrypted(&only_tls.dsn("h", "sslmode=allow password=right")).await);
    assert!(
        encrypted(&only_tls.dsn("h", "sslmode=prefer password=right channel_binding=require"))
            .await
    );
    let error = connect(&only_tls.dsn("h", "sslmode=disable password=right")).await.err().unwrap();
    assert_eq!(
        (error.kind, error.sqlstate.as_deref()),
        (DbErrorKind::Authentication, Some("28000"))
    );
    let error = connect(&only_tls.dsn("h", "password=s3cret-wrong")).await.err().unwrap();
    assert_eq!(
        (error.kind, error.sqlstate.as_deref()),
        (DbErrorKind::Authentication, Some("28P01")),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    drop(only_tls);

    let Some(no_tls) = TlsServer::start("hostnossl all all 127.0.0.0/8 trust").await else {
        return;
    };
    assert!(!encrypted(&no_tls.dsn("h", "sslmode=prefer")).await);
    let error = connect(&no_tls.dsn("h", "sslmode=require")).await.err().unwrap();
    assert_eq!(error.sqlstate.as_deref(), Some("28000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_self_hosted_servers_work_as_with_libpq() {
    let hba = "hostssl all all 127.0.0.0/8 trust";
    let Some(server) = TlsServer::start_as("self", hba).await else { return };
    let own = format!("sslrootcert={}", server.file("self.crt").display());
    assert!(encrypted(&server.dsn(NAME, &format!("sslmode=verify-full {own}"))).await);
    assert!(encrypted(&server.dsn("elsewhere.test", &format!("sslmode=verify-ca {own}"))).await);
    let wrong_name =
        refused(&server.dsn("elsewhere.test", &format!("sslmode=verify-full {own}"))).await;
    assert!(wrong_name.contains("another name"), "{wrong_name}");
    refused(&server.dsn(NAME, &format!("sslmode=verify-full {}", server.root()))).await;
    drop(server);

    let Some(server) = TlsServer::start_as("plain", hba).await else { return };
    let root = server.root();
    assert!(encrypted(&server.dsn(NAME, &format!("sslmode=verify-full {root}"))).await);
    let wrong_name =
        refused(&server.dsn("elsewhere.test", &format!("sslmode=verify-full {root}"))).await;
    assert!(wrong_name.contains("another name"), "{wrong_name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_a_login() {
    let Some(server) = TlsServer::start("hostssl all all 127.0.0.0/8 cert").await else { return };
    let key = server.file("client.key");
    let certificate =
        format!("sslcert={} sslkey={}", server.file("client.crt").display(), key.display());
    let verified = format!("sslmode=verify-full {}", server.root());
    assert!(encrypted(&server.dsn(NAME, &format!("{verified} {certificate}"))).await);
    let error = connect(&server.dsn(NAME, &verified)).await.err().unwrap();
    assert_eq!(error.sqlstate.as_deref(), Some("28000"), "{error}");
    allow_everybody(&key, 0o644);
    let error =
        connect(&server.dsn(NAME, &format!("{verified} {certificate}"))).await.err().unwrap();
    assert_eq!(error.kind, DbErrorKind::BadTarget);
    assert!(error.remedy.unwrap().contains("chmod 0600"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_cancelled_over_tls_too() {
    let Some(server) = TlsServer::start("hostssl all all 127.0.0.0/8 trust").await else { return };
    let dsn = server.dsn(NAME, &format!("sslmode=verify-full {}", server.root()));
    let mut sleeper = connect(&dsn).await.unwrap();
    let sleep = sleeper.prepare("SELECT pg_sleep(60)").await.unwrap();
    let given_up =
        tokio::time::timeout(Duration::from_millis(300), sleeper.execute(sleep, &[])).await;
    assert!(given_up.is_err());
    drop(sleeper);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut observer = super::server::session(&server.sandbox, Access::ReadOnly).await;
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(6%' AND state = 'active'";
    assert_eq!(one(observer.as_mut(), running).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_used_are_named() {
    for (more, expected) in [
        ("sslmode=verify-full sslrootcert=/no/such/root.crt", "/no/such/root.crt cannot be read"),
        ("sslmode=verify-ca sslrootcert=/etc/hostname", "/etc/hostname cannot be read"),
        ("sslmode=require sslcert=/etc/hostname sslkey=/etc/hostname", "sslcert /etc/hostname"),
        ("sslmode=require ssl_min_protocol_version=TLSv9", "\"TLSv9\" is not known"),
    ] {
        let error = connect(&format!("host=127.0.0.1 port=1 user=u {more}")).await.err().unwrap();
        assert_eq!(error.kind, DbErrorKind::BadTarget, "{error}");
        assert!(error.message.contains(expected), "{error}");
    }
}
