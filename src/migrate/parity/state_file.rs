//! What is done, on disk, a line each: a call that was killed is gone on from where it was.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::report::RowDifference;
use super::segment::Outcome;
use super::segments::SegmentName;
use crate::bounded;

/// Above this a file is none of ours.
const MOST_BYTES: u64 = 256 << 20;

/// One finished piece.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    table: String,
    segment: SegmentName,
    source_rows: u64,
    target_rows: u64,
    chunks: u64,
    differing_chunks: u64,
    differing_rows: u64,
    #[serde(default)]
    unclear: u64,
    tokens: Vec<(String, RowDifference)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    planwise_parity: u32,
    /// Of everything that decides what is compared with what.
    digest: String,
}

/// The file, and what an earlier call had done.
pub struct StateFile {
    file: File,
    done: HashMap<(String, SegmentName), Outcome>,
}

impl StateFile {
    /// Opens or begins it.
    ///
    /// # Errors
    /// The system's, and a file that belongs to another comparison.
    pub fn open(path: &Path, digest: &str) -> io::Result<StateFile> {
        let head = Head { planwise_parity: 2, digest: digest.to_owned() };
        let text = match path.exists() {
            true => bounded::read(path, MOST_BYTES)?,
            false => Vec::new(),
        };
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let mut done = HashMap::new();
        // A line that was being written when the process ended is not whole.
        let whole = match text.ends_with('\n') {
            true => text.len(),
            false => text.rfind('\n').map_or(0, |end| end + 1),
        };
        match lines.next().map(serde_json::from_str::<Head>) {
            Some(Ok(found)) if found == head => {
                for line in lines.filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
                    done.insert((line.table.clone(), line.segment.clone()), outcome(line));
                }
            }
            None => {}
            Some(Err(_)) if whole == 0 => {}
            Some(_) => {
                let message = "it belongs to another comparison: other servers, tables or options; \
                               name another file, or remove this one";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(whole as u64)?;
        if whole == 0 {
            writeln!(file, "{}", serde_json::to_string(&head)?)?;
            file.sync_data()?;
        }
        Ok(StateFile { file, done })
    }

    /// What an earlier call found there.
    pub fn known(&self, table: &str, segment: &SegmentName) -> Option<&Outcome> {
        self.done.get(&(table.to_owned(), segment.clone()))
    }

    pub fn record(
        &mut self,
        table: &str,
        segment: &SegmentName,
        outcome: &Outcome,
    ) -> io::Result<()> {
        let line = Line {
            table: table.to_owned(),
            segment: segment.clone(),
            source_rows: outcome.source_rows,
            target_rows: outcome.target_rows,
            chunks: outcome.chunks,
            differing_chunks: outcome.differing_chunks,
            differing_rows: outcome.found.count,
            unclear: outcome.found.unclear,
            tokens: outcome.found.rows.iter().map(|row| (row.token.clone(), row.clone())).collect(),
        };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

fn outcome(line: Line) -> Outcome {
    let rows = line.tokens.into_iter().map(|(token, row)| RowDifference { token, ..row });
    Outcome {
        source_rows: line.source_rows,
        target_rows: line.target_rows,
        chunks: line.chunks,
        differing_chunks: line.differing_chunks,
        found: super::merge::Found {
            rows: rows.collect(),
            count: line.differing_rows,
            unclear: line.unclear,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_forgotten_and_another_comparison_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let name = SegmentName::Range { from: 1, to: 9 };
        let mut state = StateFile::open(&path, "x").unwrap();
        state.record("a.b", &name, &Outcome { source_rows: 9, ..Outcome::default() }).unwrap();
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"table\":\"a.b\",\"segm");
        std::fs::write(&path, text).unwrap();
        let state = StateFile::open(&path, "x").unwrap();
        assert_eq!(state.known("a.b", &name).map(|o| o.source_rows), Some(9));
        assert!(state.known("a.b", &SegmentName::Whole { buckets: 16 }).is_none());
        drop(state);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("}\n"), "{text}");
        let error = StateFile::open(&path, "y").err().unwrap();
        assert!(error.to_string().contains("another comparison"));
    }
}
