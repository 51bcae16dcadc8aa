//! What became of a run after it was measured. The record itself never changes.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::HistoryError;
use crate::bounded;
use crate::durable;

/// What the gate said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// May be compared with.
    Good,
    /// Something got slower.
    Bad,
    /// The gate could not tell, or was never asked.
    #[default]
    Undecided,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    #[serde(default)]
    pub outcome: Outcome,
    /// Names given to keep: a run with a tag is never pruned.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Why it is bad or undecided.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// When the mark was last set.
    #[serde(default)]
    pub set: Option<Timestamp>,
    /// The file is there and cannot be read: what became of the run is not known.
    #[serde(skip)]
    pub damaged: bool,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Good => "good",
            Outcome::Bad => "bad",
            Outcome::Undecided => "undecided",
        }
    }
}

impl Mark {
    /// A run without a mark was stored by a process that ended right then: undecided.
    pub(super) fn read(path: &Path) -> Mark {
        let damaged = Mark { damaged: true, ..Mark::default() };
        match bounded::read(path, bounded::SMALL) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or(damaged),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Mark::default(),
            Err(_) => damaged,
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), HistoryError> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::other);
        let written = text.and_then(|text| durable::write(path, &text));
        written.map_err(HistoryError::io("write", path))
    }
}
