//! What the TLS library does not look at in a certificate, and self-hosted servers rely on.

use std::time::Duration;

use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::ext::pkix::SubjectAltName;

/// The parts of a certificate that libpq would also go by.
pub struct Certificate {
    validity: std::ops::RangeInclusive<Duration>,
    /// `None` when the certificate has alternative names, which then hold alone.
    common_name: Option<String>,
}

impl Certificate {
    pub fn parse(der: &[u8]) -> Option<Self> {
        let parsed = Parsed::from_der(der).ok()?.tbs_certificate;
        let validity = parsed.validity.not_before.to_unix_duration()
            ..=parsed.validity.not_after.to_unix_duration();
        let has_alternatives = !matches!(parsed.get::<SubjectAltName>(), Ok(None));
        let mut names = parsed.subject.0.iter().flat_map(|name| name.0.iter());
        let common = names.rfind(|name| name.oid == CN);
        let common = common.and_then(|name| String::from_utf8(name.value.value().to_vec()).ok());
        Some(Certificate { validity, common_name: common.filter(|_| !has_alternatives) })
    }

    pub fn is_valid_at(&self, since_1970: Duration) -> bool {
        self.validity.contains(&since_1970)
    }

    /// The rule for certificates of before alternative names: the subject's common name, in which
    /// `*.` stands for one label.
    pub fn common_name_is(&self, host: &str) -> bool {
        self.common_name.as_deref().is_some_and(|name| names(name, host))
    }
}

fn names(pattern: &str, host: &str) -> bool {
    let Some(parent) = pattern.strip_prefix("*.") else {
        return pattern.eq_ignore_ascii_case(host);
    };
    let own = host.split_once('.');
    own.is_some_and(|(label, own)| !label.is_empty() && own.eq_ignore_ascii_case(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(names("db.example", "DB.example") && names("*.example", "db.example"));
        assert!(!names("*.example", "a.db.example") && !names("*.example", ".example"));
        assert!(!names("db.example", "db.example.evil") && !names("*", "db"));
    }

    #[test]
    fn garbage_is_no_certificate() {
        assert!(Certificate::parse(b"not a certificate").is_none());
    }
}
