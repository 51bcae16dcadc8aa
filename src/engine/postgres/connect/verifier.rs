//! What a server's certificate must prove, by `sslmode`.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::certificate::Certificate;

/// What is checked besides that the server holds the certificate's key.
#[derive(Debug)]
pub enum Proof {
    /// Nothing: encryption only.
    None,
    /// It is one of the trusted certificates, or signed by one.
    Chain(Trusted),
    /// As before, and it is made out for the host.
    ChainAndName(Trusted),
}

/// The certificates of `sslrootcert`, or the system's.
#[derive(Debug)]
pub struct Trusted {
    pub roots: RootCertStore,
    /// The same as they are: a server may present one of them itself, self-signed.
    pub certificates: Vec<CertificateDer<'static>>,
}

#[derive(Debug)]
pub struct Verifier {
    proof: Proof,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub fn new(proof: Proof, provider: Arc<CryptoProvider>) -> Self {
        Verifier { proof, provider }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (trusted, with_name) = match &self.proof {
            Proof::None => return Ok(ServerCertVerified::assertion()),
            Proof::Chain(trusted) => (trusted, false),
            Proof::ChainAndName(trusted) => (trusted, true),
        };
        if trusted.certificates.iter().any(|own| own == end_entity) {
            check_validity(end_entity, now)?;
        } else {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            let roots = &trusted.roots;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        if with_name {
            check_name(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn check_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let now = Duration::from_secs(now.as_secs());
    match Certificate::parse(certificate).is_some_and(|certificate| certificate.is_valid_at(now)) {
        true => Ok(()),
        false => Err(CertificateError::Expired.into()),
    }
}

/// Alternative names first; the common name where there are none, as libpq does.
fn check_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let checked = verify_server_name(&ParsedCertificate::try_from(certificate)?, name);
    let common =
        |host: &str| Certificate::parse(certificate).is_some_and(|c| c.common_name_is(host));
    match (checked, name) {
        (Err(_), ServerName::DnsName(host)) if common(host.as_ref()) => Ok(()),
        (checked, _) => checked,
    }
}
