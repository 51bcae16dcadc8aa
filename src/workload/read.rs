//! From a path to a [`Workload`].

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::manifest::Manifest;
use super::query_file::queries;
use super::source::{metadata, read_text};
use super::{Query, Workload, WorkloadError};
use crate::sql::Dialect;

/// Reads a `.sql` file or a folder with a `workload.toml`.
pub fn read(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    if metadata(path)?.is_dir() { folder(path, dialect) } else { file(path, dialect) }
}

fn file(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    let text = read_text(path)?;
    let queries = queries(path, &text, 1, dialect)?;
    refuse_duplicates(path, &queries)?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Workload {
        name,
        source: path.to_owned(),
        description: None,
        complete: false,
        queries,
        sessions: Vec::new(),
        faults: Vec::new(),
        data: None,
        digest: hex(Sha256::digest(&text)),
    })
}

fn folder(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    let manifest_path = path.join("workload.toml");
    let text = read_text(&manifest_path).map_err(|error| match error {
        WorkloadError::Missing { .. } => WorkloadError::NoManifest { path: path.to_owned() },
        other => other,
    })?;
    let manifest = Manifest::parse(&manifest_path, &text)?;
    let mut hash = Sha256::new_with_prefix(&text);
    let mut all = Vec::new();
    for name in &manifest.files {
        let file = path.join(name);
        let text = read_text(&file)?;
        hash.update(&text);
        all.extend(queries(&file, &text, all.len() + 1, dialect)?);
        refuse_duplicates(&file, &all)?;
    }
    manifest.check_references(&manifest_path, &text, &all)?;
    Ok(Workload {
        name: manifest.name,
        source: path.to_owned(),
        description: manifest.description,
        complete: manifest.complete,
        queries: all,
        sessions: manifest.sessions,
        faults: manifest.faults,
        data: manifest.data,
        digest: hex(hash.finalize()),
    })
}

fn refuse_duplicates(path: &Path, queries: &[Query]) -> Result<(), WorkloadError> {
    let mut lines = HashMap::new();
    for query in queries {
        if let Some(first_line) = lines.insert(&query.id, query.line) {
            return Err(WorkloadError::DuplicateName {
                path: path.to_owned(),
                line: query.line,
                name: query.id.clone(),
                first_line,
            });
        }
    }
    Ok(())
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
