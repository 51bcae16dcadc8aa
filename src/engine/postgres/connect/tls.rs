//! The TLS configuration that a target asks for.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::target::{SslMode, Target};
use super::verifier::{Proof, Trusted, Verifier};
use crate::engine::{DbError, DbErrorKind};

pub fn connector(target: &Target) -> Result<MakeRustlsConnect, DbError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(proof(target)?, provider.clone());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(target)?)
        .map_err(|error| bad(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client_certificate(target)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| bad(format!("sslcert and sslkey do not fit together: {error}")))?,
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = target.server_name_indication;
    // Asked for by servers that speak TLS from the first byte; ignored by the others.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

/// A root file that is there is used in every mode, as in libpq; `verify-*` insist on one.
fn proof(target: &Target) -> Result<Proof, DbError> {
    let roots = match &target.tls.root {
        Some(file) if file.as_os_str() == "system" => Some(system_roots()?),
        Some(file) if file.exists() || target.ssl_mode >= SslMode::VerifyCa => {
            Some(roots_of(file)?)
        }
        Some(_) => None,
        None if target.ssl_mode == SslMode::VerifyFull => Some(system_roots()?),
        None if target.ssl_mode == SslMode::VerifyCa => {
            return Err(bad("sslmode=verify-ca needs a root certificate, and there is none")
                .with_remedy(
                    "sslrootcert=FILE, or ~/.postgresql/root.crt, or sslmode=verify-full",
                ));
        }
        None => None,
    };
    Ok(match roots {
        None => Proof::None,
        Some(roots) if target.ssl_mode == SslMode::VerifyFull => Proof::ChainAndName(roots),
        Some(roots) => Proof::Chain(roots),
    })
}

fn roots_of(file: &Path) -> Result<Trusted, DbError> {
    trusted(certificates(file, "sslrootcert")?)
        .ok_or_else(|| bad(format!("sslrootcert {} holds no usable certificate", file.display())))
}

fn system_roots() -> Result<Trusted, DbError> {
    trusted(rustls_native_certs::load_native_certs().certs).ok_or_else(|| {
        bad("the system has no trusted root certificates")
            .with_remedy("install the package ca-certificates, or give sslrootcert=FILE")
    })
}

fn trusted(certificates: Vec<CertificateDer<'static>>) -> Option<Trusted> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
    (added > 0).then_some(Trusted { roots, certificates })
}

fn certificates(file: &Path, keyword: &str) -> Result<Vec<CertificateDer<'static>>, DbError> {
    let cannot = |error: &dyn std::fmt::Display| {
        bad(format!("{keyword} {} cannot be read: {error}", file.display()))
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|error| cannot(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| cannot(&error))?;
    match found.is_empty() {
        true => Err(cannot(&"it holds no certificate in PEM form")),
        false => Ok(found),
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(target: &Target) -> Result<Option<Identity>, DbError> {
    let Some(certificate) = &target.tls.certificate else { return Ok(None) };
    let chain = certificates(certificate, "sslcert")?;
    let Some(key) = &target.tls.key else {
        return Err(bad(format!("sslcert {} is given without sslkey", certificate.display())));
    };
    refuse_open_key(key)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| {
        bad(format!("sslkey {} cannot be read: {error}", key.display()))
            .with_remedy("an unencrypted private key in PEM form")
    })?;
    Ok(Some((chain, key)))
}

/// The rule of libpq: a private key is its owner's alone; root's may be read by a group.
fn refuse_open_key(key: &Path) -> Result<(), DbError> {
    let Ok(metadata) = std::fs::metadata(key) else { return Ok(()) };
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.permissions().mode() & forbidden == 0 {
        return Ok(());
    }
    Err(bad(format!("sslkey {} can be read by others", key.display()))
        .with_remedy(format!("chmod 0600 {}", key.display())))
}

fn versions(target: &Target) -> Result<Vec<&'static SupportedProtocolVersion>, DbError> {
    let (oldest, newest) = &target.tls_versions;
    let rank =
        |version: &Option<String>, default: u8| match version.as_deref() {
            None => Ok(default),
            Some("TLSv1" | "TLSv1.1" | "TLSv1.2") => Ok(2),
            Some("TLSv1.3") => Ok(3),
            Some(other) => Err(bad(format!("TLS version \"{other}\" is not known"))
                .with_remedy("TLSv1.2 or TLSv1.3")),
        };
    let range = rank(oldest, 2)?..=rank(newest, 3)?;
    let offered = [(2, &rustls::version::TLS12), (3, &rustls::version::TLS13)];
    Ok(offered.into_iter().filter(|(rank, _)| range.contains(rank)).map(|(_, v)| v).collect())
}

fn bad(message: impl Into<String>) -> DbError {
    DbError::new(DbErrorKind::BadTarget, message)
}
