//! GitLab's code-quality report: an issue for each query that did not pass.

use anyhow::Result;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Standing, Told, Verdicts};
use crate::report::text::{one_line, shortened};

const LONGEST: usize = 1_000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    /// The same for the same query in the same file, so that the service sees it come and go.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// A JSON array, empty when there is nothing to say.
pub fn code_quality(verdicts: &Verdicts<'_>) -> Result<String> {
    let told = verdicts.told();
    let issues: Vec<Issue> = told.iter().filter_map(|told| issue(verdicts, told)).collect();
    Ok(serde_json::to_string_pretty(&issues)? + "\n")
}

fn issue(verdicts: &Verdicts<'_>, told: &Told<'_>) -> Option<Issue> {
    let (check_name, severity) = match told.standing {
        Standing::Failed => ("query-regression", "critical"),
        Standing::Warned => ("query-changed", "minor"),
        Standing::Fine | Standing::Open => return None,
    };
    let path = verdicts.run.workload.source.trim_start_matches("./").to_owned();
    let name = &told.query.query;
    let digest = Sha256::digest(format!("{check_name}\0{path}\0{name}"));
    Some(Issue {
        description: shortened(&one_line(&format!("{name}: {}", told.sentence)), LONGEST),
        check_name,
        fingerprint: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        severity,
        location: Location { path, lines: Lines { begin: told.line.max(1) } },
    })
}
