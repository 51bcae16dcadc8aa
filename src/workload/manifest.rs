//! `workload.toml`: what a folder of queries says about itself.

use std::path::Path;

use serde::Deserialize;

use super::{ExpectedFault, Query, Session, WorkloadError};

/// The keys that may stand in it. `[data]` belongs to the generator of sample data and is not looked into here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub name: String,
    pub description: Option<String>,
    /// Nothing but these queries asks the database: an index that none of them uses serves nobody.
    #[serde(default)]
    pub complete: bool,
    /// Query files, relative to the folder.
    pub files: Vec<String>,
    pub data: Option<toml::Table>,
    #[serde(default, rename = "session")]
    pub sessions: Vec<Session>,
    #[serde(default, rename = "fault")]
    pub faults: Vec<ExpectedFault>,
}

impl Manifest {
    pub fn parse(path: &Path, text: &str) -> Result<Manifest, WorkloadError> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let before = text.get(..offset).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            complaint(path, line, error.message())
        })?;
        match manifest.files.is_empty() {
            true => Err(complaint(path, 1, "`files` names no query file")),
            false => Ok(manifest),
        }
    }

    /// Every query that a session or a fault names must exist.
    pub fn check_references(
        &self,
        path: &Path,
        text: &str,
        queries: &[Query],
    ) -> Result<(), WorkloadError> {
        let steps = self.sessions.iter().flat_map(|session| &session.steps);
        if let Some(idle) = steps.clone().find(|step| step.times == 0) {
            let message = format!("a step of `{}` runs 0 times", idle.query);
            return Err(complaint(path, line_of(text, &idle.query), &message));
        }
        let named = steps.map(|step| &step.query);
        let mut named = named.chain(self.faults.iter().filter_map(|fault| fault.query.as_ref()));
        match named.find(|name| !queries.iter().any(|query| query.id == **name)) {
            Some(name) => {
                let message = format!("there is no query named `{name}`");
                Err(complaint(path, line_of(text, name), &message))
            }
            None => Ok(()),
        }
    }
}

fn complaint(path: &Path, line: usize, message: &str) -> WorkloadError {
    WorkloadError::Manifest { path: path.to_owned(), line, message: message.trim().to_owned() }
}

fn line_of(text: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    1 + text.lines().position(|line| line.contains(&quoted)).unwrap_or(0)
}
