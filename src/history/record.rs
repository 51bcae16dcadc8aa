//! A record's canonical form, and the name that follows from it.

use std::io::{self, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use super::HistoryError;
use crate::run::{Run, parse_record, unpack};

/// Compact JSON, fields in the order of the type. Two equal runs have equal bytes.
pub fn canonical(run: &Run) -> io::Result<Vec<u8>> {
    serde_json::to_vec(run).map_err(io::Error::other)
}

/// SHA-256 of the canonical form, hex.
pub fn name_of(canonical: &[u8]) -> String {
    Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without a time stamp, so that equal records are equal files.
pub fn packed(canonical: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder: GzEncoder<Vec<u8>> =
        GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(canonical)?;
    encoder.finish()
}

/// The record in `bytes`, which must be what `name` says.
pub fn opened(bytes: &[u8], name: &str, path: &Path) -> Result<Run, HistoryError> {
    let damaged = || HistoryError::Damaged { path: path.to_owned() };
    let content = unpack(bytes).map_err(|_| damaged())?;
    match name_of(&content) == name {
        true => Ok(parse_record(&content, path)?),
        false => Err(damaged()),
    }
}
