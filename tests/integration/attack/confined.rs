//! What somebody who owns a throwaway server could reach: even its superuser nothing but its folder.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use planwise::engine::{Access, Session};

use crate::parts;
use crate::postgres::server::{session, start};
use crate::program::{Desk, stderr, stdout};

/// Runs `shell` in the server's process, as its superuser can; whether the program succeeded.
async fn runs(superuser: &mut dyn Session, shell: &str) -> bool {
    // A program that ends before it has read its rows fails for that alone.
    let shell = format!("read -r row; {}", shell.replace('\'', "''"));
    superuser.command(&format!("COPY (SELECT 1) TO PROGRAM '{shell}'")).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_writes_no_file_elsewhere() {
    let Some(sandbox) = start().await else { return };
    // Not in shared memory, where servers must write.
    let outside = tempfile::tempdir_in("/var/tmp").unwrap();
    std::fs::set_permissions(outside.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let mut superuser = session(&sandbox, Access::Commit).await;
    let own = sandbox.directory().display().to_string();
    let other = outside.path().display().to_string();
    superuser.command(&format!("COPY (SELECT 1) TO '{own}/data/mine'")).await.unwrap();
    assert!(runs(superuser.as_mut(), &format!("echo x > {own}/data/mine2")).await);
    assert!(superuser.command(&format!("COPY (SELECT 1) TO '{other}/a'")).await.is_err());
    for shell in ["echo x > T/b", "touch T/c", "mkdir T/d", "ln -s / T/e", "mkfifo T/f"] {
        assert!(!runs(superuser.as_mut(), &shell.replace('T', &other)).await, "{shell}");
    }
    let large_object = format!("SELECT lo_export(lo_from_bytea(0, 'x'), '{other}/g')");
    assert!(superuser.query_text(&large_object).await.is_err());
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_reaches_no_network() {
    let Some(sandbox) = start().await else { return };
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let listening = tempfile::tempdir_in("/run").ok();
    let unix = listening.as_ref().map(|folder| {
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
        (listener, path)
    });
    let (tcp_port, udp_port) = (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
    let mut superuser = session(&sandbox, Access::Commit).await;
    superuser.command("CREATE EXTENSION dblink").await.unwrap();
    let dblink =
        format!("SELECT dblink_connect('host=127.0.0.1 port={tcp_port} connect_timeout=3')");
    let refused = superuser.query_text(&dblink).await.unwrap_err();
    assert!(refused.to_string().contains("could not establish"), "{refused}");
    for shell in [
        format!("bash -c 'echo x > /dev/tcp/127.0.0.1/{tcp_port}'"),
        format!("bash -c 'echo x > /dev/udp/127.0.0.1/{udp_port}'"),
    ] {
        assert!(!runs(superuser.as_mut(), &shell).await, "{shell}");
    }
    if let Some((_, path)) = &unix {
        assert!(!runs(superuser.as_mut(), &format!("test -e {}", path.display())).await);
    }
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    assert!(tcp.accept().is_err() && udp.recv(&mut [0; 8]).is_err());
    // Nor does the server listen.
    let listening = "SELECT current_setting('listen_addresses')";
    assert_eq!(superuser.query_text(listening).await.unwrap(), [Some(String::new())]);
}

/// The program in a copy that any account can run, started by way of `prefix`.
fn elsewhere(desk: &Desk, prefix: &[&str], arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).arg(desk.path("planwise")).args(arguments);
    command.env("HOME", desk.path("home")).env("TMPDIR", desk.path("tmp")).stdin(Stdio::null());
    command.env("XDG_CACHE_HOME", desk.path("home")).current_dir(desk.path("home"));
    command.output().unwrap()
}

fn open_desk() -> Desk {
    let desk = Desk::new();
    std::fs::copy(env!("CARGO_BIN_EXE_planwise"), desk.path("planwise")).unwrap();
    for name in ["home", "tmp"] {
        std::fs::create_dir(desk.path(name)).unwrap();
    }
    desk.write("load.sql", "CREATE TABLE t AS SELECT g FROM generate_series(1, 100) g;");
    desk.write("queries.sql", "SELECT count(*) FROM t;");
    for path in ["", "planwise", "home", "tmp", "load.sql", "queries.sql"] {
        std::fs::set_permissions(desk.path(path), PermissionsExt::from_mode(0o777)).unwrap();
    }
    desk
}

fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// An ordinary user, and root without the rights of an administrator, as in a container: the server starts all the
/// same, and what could not be taken from it is said to those who ask.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_starts_it_it_starts() {
    let Some(setpriv) = parts::program("setpriv") else { return };
    if !is_root() || start().await.is_none() {
        return;
    }
    let setpriv = setpriv.display().to_string();
    let ordinary = ["--reuid=65534", "--regid=65534", "--clear-groups"].as_slice();
    let container = ["--bounding-set=-sys_admin,-net_admin"].as_slice();
    for (who, said) in [(ordinary, None), (container, Some("no network namespace"))] {
        let desk = open_desk();
        let prefix: Vec<&str> = [setpriv.as_str()].into_iter().chain(who.iter().copied()).collect();
        let output = elsewhere(
            &desk,
            &prefix,
            &["-v", "run", "../queries.sql", "--sandbox", "--load", "../load.sql", "--rounds", "1"],
        );
        let text = format!("{who:?}: {}\n{}{}", output.status, stdout(&output), stderr(&output));
        assert!(output.status.success(), "{text}");
        if let Some(said) = said {
            assert!(stderr(&output).contains(said), "{text}");
        }
        assert!(
            Path::new(&desk.path("home/planwise-report")).exists() || !stdout(&output).is_empty()
        );
        assert_eq!(std::fs::read_dir(desk.path("tmp")).unwrap().count(), 0, "{text}");
    }
}
