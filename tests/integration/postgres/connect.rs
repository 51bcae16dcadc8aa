//! Reaching a server, and failing to.

use std::time::{Duration, Instant};

use planwise::engine::{Access, DbError, DbErrorKind, Session, SessionOptions};

use super::server::{one, postgres, prepared, session, start, start_with, with};
use super::tls_server::allow_everybody;

async fn connect(dsn: &str) -> Result<Box<dyn Session>, DbError> {
    postgres().connect(dsn, &with(Access::ReadOnly)).await
}

async fn refused(dsn: &str) -> DbError {
    connect(dsn).await.err().unwrap_or_else(|| panic!("{dsn} connected"))
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_from_the_string_and_from_a_password_file() {
    let folder = tempfile::tempdir().unwrap();
    allow_everybody(folder.path(), 0o755);
    let hba = folder.path().join("hba.conf");
    std::fs::write(&hba, "local all postgres trust\nlocal all all scram-sha-256\n").unwrap();
    allow_everybody(&hba, 0o644);
    let Some(sandbox) = start_with(&[("hba_file", &hba.display().to_string())]).await else {
        return;
    };
    prepared(&sandbox, "CREATE ROLE alice LOGIN PASSWORD 'r:ght'").await;
    let socket = sandbox.directory().display();
    let dsn = format!("host={socket} dbname=postgres user=alice");

    connect(&format!("{dsn} password=r:ght")).await.unwrap();
    connect(&format!("postgres://alice:r%3Aght@/postgres?host={socket}")).await.unwrap();
    let error = refused(&format!("{dsn} password=s3cret")).await;
    assert_eq!(
        (error.kind, error.sqlstate.as_deref()),
        (DbErrorKind::Authentication, Some("28P01"))
    );
    assert!(error.remedy.as_deref().unwrap().contains(".pgpass"), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    let error = refused(&dsn).await;
    assert_eq!(error.kind, DbErrorKind::Authentication);
    assert!(error.message.contains("asks for a password"), "{error}");

    let passfile = folder.path().join("pass");
    std::fs::write(&passfile, format!("{socket}:*:postgres:alice:r\\:ght\n")).unwrap();
    allow_everybody(&passfile, 0o600);
    connect(&format!("{dsn} passfile={}", passfile.display())).await.unwrap();
    allow_everybody(&passfile, 0o644);
    let error = refused(&format!("{dsn} passfile={}", passfile.display())).await;
    assert!(error.remedy.as_deref().unwrap().contains("chmod 0600"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_named() {
    let Some(sandbox) = start().await else { return };
    let error = refused(&sandbox.url("no such db")).await;
    assert_eq!(
        (error.kind, error.sqlstate.as_deref()),
        (DbErrorKind::Authentication, Some("3D000"))
    );
    assert!(error.message.contains("\"no such db\"") && error.remedy.is_some(), "{error}");
    let error = refused(&format!("host={} user=nobody_here", sandbox.directory().display())).await;
    assert_eq!(error.kind, DbErrorKind::Authentication, "{error}");
    let error = refused("host=/no/such/directory user=u").await;
    assert_eq!(error.kind, DbErrorKind::Unreachable);
    assert!(error.message.contains("/no/such/directory/.s.PGSQL.5432"), "{error}");
    assert!(error.remedy.as_deref().unwrap().contains("is the server running"), "{error}");
    let error = refused("postgres://u@127.0.0.1:1/d").await;
    assert!(error.message.contains("127.0.0.1:1 cannot be reached: Connection refused"), "{error}");
    let error = refused("postgres://u@no-such-host.invalid/d").await;
    assert_eq!(error.kind, DbErrorKind::Unreachable, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_not_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let options =
        SessionOptions { connect_timeout: Duration::from_millis(300), ..SessionOptions::default() };
    let started = Instant::now();
    let error = postgres()
        .connect(&format!("postgres://u@127.0.0.1:{port}/d"), &options)
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, DbErrorKind::Unreachable);
    assert!(error.message.contains("did not answer within 0.3 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_host_that_fits_is_used() {
    let Some(sandbox) = start().await else { return };
    let socket = sandbox.directory().display();
    let dsn = |more: &str| format!("host=/no/such,{socket} user=postgres dbname=postgres {more}");
    let mut session = connect(&dsn("")).await.unwrap();
    assert!(session.server().await.unwrap().address.starts_with(&socket.to_string()));
    connect(&dsn("target_session_attrs=primary")).await.unwrap();
    connect(&dsn("target_session_attrs=read-write")).await.unwrap();
    connect(&dsn("target_session_attrs=prefer-standby load_balance_hosts=random")).await.unwrap();
    let error = refused(&dsn("target_session_attrs=standby")).await;
    assert_eq!(error.kind, DbErrorKind::Unreachable);
    assert!(
        error.message.contains("/no/such") && error.message.contains("is not a standby"),
        "{error}"
    );
    connect(&dsn("target_session_attrs=read-only options='-c default_transaction_read_only=on'"))
        .await
        .unwrap();
    refused(&dsn("target_session_attrs=read-only")).await;
    let error = refused("host=127.0.0.1,127.0.0.2 port=1 user=u").await;
    assert!(
        error.message.contains("127.0.0.1:1") && error.message.contains("127.0.0.2:1"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_set_up_for_safety_and_as_asked() {
    let Some(sandbox) = start().await else { return };
    let settings = vec![("work_mem".to_owned(), "77MB".to_owned())];
    let options = SessionOptions { settings, ..with(Access::ReadOnly) };
    let mut session = sandbox.connect(&options).await.unwrap();
    for (name, value) in [
        ("application_name", "planwise"),
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("default_transaction_read_only", "on"),
        ("track_io_timing", "on"),
        ("work_mem", "77MB"),
    ] {
        assert_eq!(one(session.as_mut(), &format!("SHOW {name}")).await, value, "{name}");
    }
    let server = session.server().await.unwrap();
    assert_eq!((server.engine.as_str(), server.database.as_str()), ("postgres", "postgres"));
    assert!(
        server.version_number[0] >= 13
            && server.version.starts_with(&server.version_number[0].to_string())
    );
    assert!(
        !server.replica
            && server.database_bytes.unwrap() > 1_000_000
            && server.max_connections.is_some()
    );

    for (name, value, expected) in [
        ("work_mem", "much", "work_mem cannot be set to \"much\""),
        ("no_such_setting", "1", "no_such_setting cannot be set"),
    ] {
        let settings = vec![(name.to_owned(), value.to_owned())];
        let options = SessionOptions { settings, ..with(Access::ReadOnly) };
        let error = sandbox.connect(&options).await.err().unwrap();
        assert_eq!(error.kind, DbErrorKind::BadTarget, "{error}");
        assert!(error.message.contains(expected), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_is_a_lost_connection() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let sleep = session.prepare("SELECT pg_sleep(60)").await.unwrap();
    let (result, ()) = tokio::join!(session.execute(sleep, &[]), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        tokio::task::spawn_blocking(move || drop(sandbox)).await.unwrap();
    });
    let error = result.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::ConnectionLost, "{error}");
}
