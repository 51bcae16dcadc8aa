//! A server that listens on a loopback address of its own, with certificates made for the test.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use planwise::sandbox::Sandbox;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
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
        let files = tempfile::tempdir().unwrap();
        allow_everybody(files.path(), 0o755);
        let path = |name: &str| files.path().join(name).display().to_string();
        write_certificates(files.path());
        std::fs::write(path("hba.conf"), format!("local all all trust\n{hba}\n")).unwrap();
        allow_everybody(&files.path().join("hba.conf"), 0o644);
        // Every loopback address is ours, so that tests need not agree on a port.
        let address = Ipv4Addr::new(127, rand::random(), rand::random(), rand::random_range(1..255));
        let sandbox = start_with(&[
            ("listen_addresses", &address.to_string()),
            ("hba_file", &path("hba.conf")),
            ("ssl", "on"),
            ("ssl_cert_file", &path("server.crt")),
            ("ssl_key_file", &path("server.key")),
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

/// `ca`, `server` (signed for [`NAME`]), `client` (signed for alice), and `other`, which signed nothing.
fn write_certificates(folder: &Path) {
    let (ca, ca_key) = authority();
    let (other, _) = authority();
    std::fs::write(folder.join("ca.crt"), ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    std::fs::write(folder.join("other.crt"), other_pem(other)).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let server = signed(&issuer, NAME, ExtendedKeyUsagePurpose::ServerAuth);
    let client = signed(&issuer, "alice", ExtendedKeyUsagePurpose::ClientAuth);
    for (name, (certificate, key)) in [("server", server), ("client", client)] {
        std::fs::write(folder.join(format!("{name}.crt")), certificate).unwrap();
        let key_file = folder.join(format!("{name}.key"));
        std::fs::write(&key_file, key).unwrap();
        allow_everybody(&key_file, 0o600);
    }
    for name in ["ca.crt", "other.crt", "server.crt", "client.crt"] {
        allow_everybody(&folder.join(name), 0o644);
    }
    give_to_the_server(&folder.join("server.key"));
}

fn authority() -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "planwise test authority");
    (params, KeyPair::generate().unwrap())
}

fn other_pem(params: CertificateParams) -> String {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

fn signed(issuer: &Issuer<'_, KeyPair>, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
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
