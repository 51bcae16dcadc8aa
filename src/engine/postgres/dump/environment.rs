//! The target as libpq's own variables: nothing about the connection appears in a list of processes.

use std::path::{Path, PathBuf};

use crate::engine::postgres::connect::{Host, SslMode, Target};

/// Where systems keep the bundle of trusted roots that our own TLS uses too.
const ROOT_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Variable and value for one host of `target`. The caller removes every other `PG…` variable.
pub fn variables(target: &Target, host: &Host) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("PGHOST", host.name.clone()),
        ("PGPORT", host.port.to_string()),
        ("PGUSER", target.user.clone()),
        ("PGDATABASE", target.database.clone()),
        ("PGAPPNAME", target.application_name.clone()),
        ("PGSSLMODE", ssl_mode(target.ssl_mode).to_owned()),
        ("PGCLIENTENCODING", "UTF8".to_owned()),
    ];
    variables.extend(host.address.map(|address| ("PGHOSTADDR", address.to_string())));
    variables.extend(host.password.as_ref().map(|p| ("PGPASSWORD", p.reveal().to_owned())));
    variables.extend(target.options.clone().map(|options| ("PGOPTIONS", options)));
    let show = |path: PathBuf| path.display().to_string();
    variables.extend(root(target).map(|file| ("PGSSLROOTCERT", show(file))));
    variables.extend(target.tls.certificate.clone().map(|file| ("PGSSLCERT", show(file))));
    variables.extend(target.tls.key.clone().map(|file| ("PGSSLKEY", show(file))));
    variables
}

/// Before version 16 libpq does not know `system`, so its bundle is named.
fn root(target: &Target) -> Option<PathBuf> {
    let named = target.tls.root.clone().filter(|file| file.as_os_str() != "system");
    let verifies = target.ssl_mode == SslMode::VerifyFull;
    let bundle = || ROOT_BUNDLES.iter().map(Path::new).find(|file| file.exists());
    named.or_else(|| bundle().filter(|_| verifies).map(Path::to_owned))
}

fn ssl_mode(mode: SslMode) -> &'static str {
    match mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    }
}
