//! What the page may do: nothing but run its own script and apply its own style.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A Content-Security-Policy that names the page's inline parts by their hash, so that no
/// injected script or style can run even if escaping failed.
pub struct Policy {
    style: String,
    script: String,
}

impl Policy {
    pub fn for_inline(style: &str, script: &str) -> Self {
        Policy { style: hash(style), script: hash(script) }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; \
             base-uri 'none'; form-action 'none'",
            self.style, self.script
        )
    }
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
