//! Questions about a server's state whose answers are rows with names: what health and settings are judged from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One row of an answer: its columns by name, with numbers and flags as such.
pub type Seen = Map<String, Value>;

/// One question. It changes nothing, reads no row of a user's table, and locks nothing beyond what reading the catalog does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// What rules call it.
    pub name: String,
    /// What it shows, for people: "sessions and what they wait for".
    pub what: String,
    /// It answers with a row for each thing, instead of one row.
    #[serde(default)]
    pub many: bool,
    /// Name of the engine it is for, where several share a file.
    pub engine: Option<String>,
    /// First and last version that has it: `[major, minor]`.
    pub min: Option<[u32; 2]>,
    pub max: Option<[u32; 2]>,
    /// Without this right (a column of the look `rights`) only part of it is seen.
    pub needs: Option<String>,
    /// What would show the whole of it.
    #[serde(default)]
    pub right: String,
    /// Extension that must be there; without it the look is left out.
    pub extension: Option<String>,
    /// It is asked for each of the first rows of this earlier look, `{oid}` in its text being that row's number, and its
    /// columns replace that row's. It may read rows of tables, and so is asked only on demand.
    pub each_of: Option<String>,
    /// A server that does not know what is asked for (a plugin, an extension) is no fault.
    #[serde(default)]
    pub optional: bool,
    pub sql: String,
    /// Names for columns that the server names otherwise.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    look: Vec<Look>,
}

impl Look {
    /// Those of a file of ours.
    ///
    /// # Panics
    /// The file is not what it has to be: a defect that every start would show.
    pub fn all(text: &str) -> Vec<Look> {
        toml::from_str::<File>(text)
            .map(|file| file.look)
            .unwrap_or_else(|error| panic!("looks: {error}"))
    }

    pub fn holds_for(&self, engine: &str, version: [u32; 2]) -> bool {
        self.engine.as_ref().is_none_or(|name| name == engine)
            && self.min.is_none_or(|min| min <= version)
            && self.max.is_none_or(|max| version <= max)
    }
}
