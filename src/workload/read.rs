//! From a path to a [`Workload`].

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::captured;
use super::manifest::Manifest;
use super::program_log::{self, Logged};
use super::script::{Contents, read_script};
use super::source::{metadata, read_text};
use super::{Query, Workload, WorkloadError};
use crate::sql::Dialect;
use crate::trace::is_workload_file;

/// Reads a `.sql` file, a captured `.workload` file, or a folder with a `workload.toml`.
pub fn read(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    if metadata(path)?.is_dir() {
        folder(path, dialect)
    } else if is_workload_file(path) {
        captured::read(path, dialect)
    } else {
        file(path, dialect)
    }
}

fn file(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    let text = read_text(path)?;
    let mut hash = Sha256::new_with_prefix(&text);
    let Contents { queries, notes } = contents(path, &text, 1, dialect, &mut hash)?;
    refuse_duplicates(path, &queries)?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Workload {
        name,
        source: path.to_owned(),
        description: None,
        complete: false,
        queries,
        sessions: Vec::new(),
        is_captured: false,
        observed_s: None,
        habits: Vec::new(),
        ignores: Vec::new(),
        faults: Vec::new(),
        data: None,
        digest: hex(hash.finalize()),
        notes,
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
    let (mut all, mut notes) = (Vec::new(), Vec::new());
    for name in &manifest.files {
        let file = path.join(name);
        let text = read_text(&file)?;
        hash.update(&text);
        let read = contents(&file, &text, all.len() + 1, dialect, &mut hash)?;
        all.extend(read.queries);
        notes.extend(read.notes);
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
        is_captured: false,
        observed_s: None,
        habits: Vec::new(),
        ignores: Vec::new(),
        faults: manifest.faults,
        data: manifest.data,
        digest: hex(hash.finalize()),
        notes,
    })
}

/// The queries of one file, of which there is at least one that looks like SQL.
fn contents(
    path: &Path,
    text: &str,
    numbered_from: usize,
    dialect: &dyn Dialect,
    digest: &mut Sha256,
) -> Result<Contents, WorkloadError> {
    let contents = read_script(path, text, numbered_from, dialect, digest)?;
    if contents.queries.is_empty() {
        return Err(WorkloadError::Empty { path: path.to_owned() });
    }
    let Err(error) = some_is_sql(path, &contents.queries) else { return Ok(contents) };
    match program_log::script(text) {
        Some(logged) => of_log(path, &logged, numbered_from, dialect, digest),
        None => Err(error),
    }
}

/// What no file of queries is may be a program's log: the queries it has sent.
fn of_log(
    path: &Path,
    logged: &Logged,
    numbered_from: usize,
    dialect: &dyn Dialect,
    digest: &mut Sha256,
) -> Result<Contents, WorkloadError> {
    let mut contents = read_script(path, &logged.script, numbered_from, dialect, digest)?;
    some_is_sql(path, &contents.queries)?;
    if contents.queries.len() == logged.lines.len() {
        for (query, line) in contents.queries.iter_mut().zip(&logged.lines) {
            query.line = *line;
        }
    }
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    contents.notes.push(format!(
        "{file} is read as {}. Statements sent: {}; different ones: {}.",
        logged.what,
        logged.sent,
        logged.lines.len()
    ));
    Ok(contents)
}

/// One statement that does not parse is a row in the report; a file full of them is not SQL.
fn some_is_sql(path: &Path, queries: &[Query]) -> Result<(), WorkloadError> {
    let is_sql = |query: &Query| {
        query.shape.is_ok() || query.refused.is_some() && begins_like_sql(&query.sql)
    };
    let first = queries.iter().find_map(|query| Some((query, query.shape.as_ref().err()?)));
    match first {
        Some((first, message)) if !queries.iter().any(is_sql) => Err(WorkloadError::NotSql {
            path: path.to_owned(),
            count: queries.len(),
            line: first.line,
            message: message.clone(),
        }),
        _ => Ok(()),
    }
}

/// What was refused without parsing it was at least meant as a statement, or as a command of the shell.
fn begins_like_sql(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default().to_ascii_uppercase();
    text.starts_with('\\')
        || matches!(
            word.as_str(),
            "SELECT"
                | "WITH"
                | "INSERT"
                | "UPDATE"
                | "DELETE"
                | "MERGE"
                | "VALUES"
                | "TABLE"
                | "SET"
                | "EXPLAIN"
                | "EXECUTE"
                | "FETCH"
                | "COPY"
                | "CALL"
                | "REPLACE"
        )
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

pub(super) fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
