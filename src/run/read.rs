//! Reading a run record back.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::{RUN_FORMAT, Run};

/// Name of the record in an output folder.
const FILE: &str = "run.json";

#[derive(Debug, Error)]
pub enum RecordError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is not a run record ({reason}); give the run.json of `planwise run`, or the folder it is in",
        path.display()
    )]
    NotARecord { path: PathBuf, reason: String },
    #[error(
        "{} was written by planwise {planwise} in format {format}; this planwise reads formats up to \
         {RUN_FORMAT}: update it",
        path.display()
    )]
    Newer { path: PathBuf, format: u32, planwise: String },
}

/// What every record of every format begins with.
#[derive(Deserialize)]
struct Header {
    format: u32,
    planwise: String,
}

/// The record in the file `path`, or in `run.json` of the folder `path`. Fields that this version does not
/// know are ignored, those of later versions that are missing have their defaults; a newer format is refused.
pub fn read_record(path: &Path) -> Result<Run, RecordError> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let text = std::fs::read(&file)
        .map_err(|source| RecordError::Unreadable { path: file.clone(), source })?;
    parse(&text).map_err(|problem| problem.at(file))
}

enum Problem {
    NotARecord(String),
    Newer(Header),
}

impl Problem {
    fn at(self, path: PathBuf) -> RecordError {
        match self {
            Problem::NotARecord(reason) => RecordError::NotARecord { path, reason },
            Problem::Newer(Header { format, planwise }) => {
                RecordError::Newer { path, format, planwise }
            }
        }
    }
}

/// The whole first, the header only when that fails: a large record is read once.
fn parse(text: &[u8]) -> Result<Run, Problem> {
    let newer = |header: Header| (header.format > RUN_FORMAT).then_some(Problem::Newer(header));
    match serde_json::from_slice::<Run>(text) {
        Ok(run) => {
            let header = Header { format: run.format, planwise: run.planwise.clone() };
            newer(header).map_or(Ok(run), Err)
        }
        Err(error) => {
            let header = serde_json::from_slice::<Header>(text).ok();
            let problem = header.and_then(newer);
            Err(problem.unwrap_or_else(|| Problem::NotARecord(error.to_string())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        read_record(folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_record_is_refused_by_name() {
        assert!(error_of("not json").contains("run.json is not a run record"));
        assert!(error_of("{\"rows\": 3}").contains("is not a run record"));
        let absent = read_record(Path::new("/nowhere/run.json")).unwrap_err();
        assert!(absent.to_string().contains("cannot read /nowhere/run.json"));
    }

    #[test]
    fn a_newer_format_is_told_apart_from_no_record() {
        let error = error_of("{\"format\": 99, \"planwise\": \"9.1.0\", \"shape\": []}");
        assert!(error.contains("planwise 9.1.0 in format 99"), "{error}");
        assert!(error.contains("update it"), "{error}");
    }
}
