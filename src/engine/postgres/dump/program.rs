//! Which `pg_dump` to run.

use std::path::{Path, PathBuf};

use crate::engine::installed::{folders_with, newest_first};
use crate::engine::postgres::launcher::{parse_version, versioned};
use crate::engine::{DbError, DbErrorKind, Installation};

pub const PROGRAM: &str = "pg_dump";

/// The newest one. An older one than the server refuses to dump it.
pub fn find(bin_dir: Option<&Path>, server_major: u32) -> Result<Installation, DbError> {
    let found = newest_first(folders(bin_dir), PROGRAM, parse_version).into_iter().next();
    match found {
        Some(found) if found.version_number[0] >= server_major => Ok(found),
        Some(found) => Err(too_old(&found, server_major)),
        None => Err(missing(bin_dir, server_major)),
    }
}

fn folders(bin_dir: Option<&Path>) -> Vec<PathBuf> {
    match bin_dir {
        Some(folder) => vec![folder.to_owned()],
        // Debian's /usr/bin/pg_dump is a wrapper that chooses a version by itself: it comes last.
        None => versioned("/usr/lib/postgresql").into_iter().chain(folders_with(PROGRAM)).collect(),
    }
}

fn too_old(found: &Installation, server_major: u32) -> DbError {
    let message = format!(
        "the newest pg_dump here is {} and cannot read a server of version {server_major}",
        found.version
    );
    DbError::new(DbErrorKind::Unsupported, message).with_remedy(install(server_major))
}

fn missing(bin_dir: Option<&Path>, server_major: u32) -> DbError {
    let place = bin_dir.map_or("here".to_owned(), |dir| format!("in {}", dir.display()));
    let message = format!("there is no pg_dump {place}, which copying a database needs");
    DbError::new(DbErrorKind::Unsupported, message).with_remedy(install(server_major))
}

fn install(major: u32) -> String {
    format!("apt-get install postgresql-client-{major}")
}
