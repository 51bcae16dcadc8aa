//! A server that listens on a loopback address of its own, with certificates made for the test.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use planwise::sandbox::Sandbox;
use tempfile::TempDir;

use super::server::{prepared, start_with};

/// Name in the server's certificate.
pub const NAME: &str = "db.planwise.test";

pub struct TlsServer {
    pub sandbox: Sandbox,
    pub address: Ipv4Addr,
    files: TempDir,
}

impl TlsServer {
    /// `hba` holds the lines for TCP connections.
    pub async fn start(hba: &str) -> Option<Self> {
        Self::start_as("server", hba).await
    }

    /// `certificate` names the one to serve: `server`, `self` (signed by itself) or `plain` (no alternative name).
    pub async fn start_as(certificate: &str, hba: &str) -> Option<Self> {
        let files = tempfile::tempdir().unwrap();
        allow_everybody(files.path(), 0o755);
        let path = |name: &str| files.path().join(name).display().to_string();
        write_certificates(files.path());
        std::fs::write(path("hba.conf"), format!("local all all trust\n{hba}\n")).unwrap();
        allow_everybody(&files.path().join("hba.conf"), 0o644);
        // Every loopback address is ours, so that tests need not agree on a port.
        let address =
            Ipv4Addr::new(127, rand::random(), rand::random(), rand::random_range(1..255));
        let sandbox = start_with(&[
            ("listen_addresses", &address.to_string()),
            ("hba_file", &path("hba.conf")),
            ("ssl", "on"),
            ("ssl_cert_file", &path(&format!("{certificate}.crt"))),
            ("ssl_key_file", &path(&format!("{certificate}.key"))),
            ("ssl_ca_file", &path("ca.crt")),
        ])
        .await?;
        prepared(&sandbox, "CREATE ROLE alice LOGIN PASSWORD 'right'").await;
        Some(TlsServer { sandbox, address, files })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// A connection string for alice; `more` holds further keywords. `host` is looked up nowhere.
    pub fn dsn(&self, host: &str, more: &str) -> String {
        format!("host={host} hostaddr={} user=alice dbname=postgres {more}", self.address)
    }

    pub fn root(&self) -> String {
        format!("sslrootcert={}", self.file("ca.crt").display())
    }
}

pub fn allow_everybody(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// `ca`; signed by it `server`, `plain` and `client`; `self`; and `other`, which signed nothing.
fn write_certificates(folder: &Path) {
    authority(folder, "ca");
    authority(folder, "other");
    let alternative = format!("subjectAltName=DNS:{NAME}\n");
    signed(folder, "server", NAME, &format!("{alternative}extendedKeyUsage=serverAuth\n"));
    signed(folder, "plain", NAME, "basicConstraints=CA:FALSE\n");
    signed(folder, "client", "alice", "extendedKeyUsage=clientAuth\n");
    let rest = format!("-x509 -days 2 -subj /CN={NAME} -keyout self.key -out self.crt");
    openssl(folder, &format!("req {NEW_KEY} {rest}"));
    for name in ["ca.crt", "other.crt", "server.crt", "client.crt", "self.crt", "plain.crt"] {
        allow_everybody(&folder.join(name), 0o644);
    }
    for name in ["server.key", "client.key", "self.key", "plain.key"] {
        allow_everybody(&folder.join(name), 0o600);
    }
    for name in ["server.key", "self.key", "plain.key"] {
        give_to_the_server(&folder.join(name));
    }
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

fn authority(folder: &Path, name: &str) {
    let rest =
        format!("-x509 -days 2 -subj /CN=planwise-{name} -keyout {name}.key -out {name}.crt");
    openssl(folder, &format!("req {NEW_KEY} {rest}"));
}

fn signed(folder: &Path, name: &str, subject: &str, extensions: &str) {
    std::fs::write(folder.join(format!("{name}.ext")), extensions).unwrap();
    openssl(
        folder,
        &format!("req {NEW_KEY} -subj /CN={subject} -keyout {name}.key -out {name}.csr"),
    );
    let authority = "-CA ca.crt -CAkey ca.key -CAcreateserial -days 2";
    openssl(
        folder,
        &format!("x509 -req -in {name}.csr {authority} -extfile {name}.ext -out {name}.crt"),
    );
}

/// Installed wherever Debian's PostgreSQL packages are: they depend on it.
fn openssl(folder: &Path, arguments: &str) {
    let arguments = arguments.split_whitespace();
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Started by root, a sandbox's server runs as another account, which must be able to read its key.
fn give_to_the_server(file: &Path) {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    for account in ["postgres", "nobody"] {
        if let Ok(Some(user)) = nix::unistd::User::from_name(account) {
            nix::unistd::chown(file, Some(user.uid), Some(user.gid)).unwrap();
            return;
        }
    }
}
