//! A cache of summaries. Records never change, so an entry is right or not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Entry, HistoryError, record};
use crate::bounded;
use crate::durable;

/// Another number means the file is made anew: it holds nothing of its own.
const FORM: u32 = 1;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Index {
    form: u32,
    entries: BTreeMap<String, Entry>,
}

/// What could be read, and sentences about what could not.
pub struct Looked {
    pub index: Index,
    pub troubles: Vec<String>,
    /// The file on disk says something else.
    pub stale: bool,
}

impl Index {
    /// The entries of exactly the records in `folder`: known ones from the file, others from the records themselves.
    pub fn look(file: &Path, records: &Path) -> Result<Looked, HistoryError> {
        let known = Index::read(file);
        let names = names(records)?;
        let before = known.entries.len();
        let mut entries: BTreeMap<String, Entry> =
            known.entries.into_iter().filter(|(id, _)| names.contains(id)).collect();
        let missing: Vec<&String> = names.iter().filter(|id| !entries.contains_key(*id)).collect();
        let stale = before != names.len() || !missing.is_empty();
        let read = |id: &&String| (id.to_string(), read(records, id));
        let found: Vec<(String, Result<Entry, HistoryError>)> =
            missing.par_iter().map(read).collect();
        let mut troubles = Vec::new();
        for (id, entry) in found {
            match entry {
                Ok(entry) => drop(entries.insert(id, entry)),
                Err(error) => troubles.push(error.to_string()),
            }
        }
        Ok(Looked { index: Index { form: FORM, entries }, troubles, stale })
    }

    fn read(file: &Path) -> Index {
        let text = std::fs::read(file).unwrap_or_default();
        let index: Index = serde_json::from_slice(&text).unwrap_or_default();
        if index.form == FORM { index } else { Index::default() }
    }

    pub fn write(&self, file: &Path) -> Result<(), HistoryError> {
        let text = serde_json::to_vec(self).map_err(std::io::Error::other);
        let written = text.and_then(|text| durable::write(file, &text));
        written.map_err(HistoryError::io("write", file))
    }

    /// Oldest first.
    pub fn into_entries(self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        entries.sort_by(|a, b| a.started.cmp(&b.started).then(a.id.cmp(&b.id)));
        entries
    }
}

pub const SUFFIX: &str = ".json.gz";

fn read(records: &Path, id: &str) -> Result<Entry, HistoryError> {
    let path: PathBuf = records.join(format!("{id}{SUFFIX}"));
    let bytes = bounded::read(&path, bounded::LARGE).map_err(HistoryError::io("read", &path))?;
    Ok(Entry::of(id, &record::opened(&bytes, id, &path)?))
}

/// Ids of the records that are there. What has another form of name is none of ours.
fn names(records: &Path) -> Result<std::collections::BTreeSet<String>, HistoryError> {
    let listed = std::fs::read_dir(records).map_err(HistoryError::io("list", records))?;
    let id = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let id = name.strip_suffix(SUFFIX)?;
        let whole = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| id.to_owned())
    };
    Ok(listed.filter_map(id).collect())
}
