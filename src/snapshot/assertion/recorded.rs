//! Plans as they were when somebody found them right: a file to keep beside the workload.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::bounded;

/// Raised when an older planwise could no longer read what is written.
const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    pub format: u32,
    /// By the name of the query.
    #[serde(default)]
    pub queries: IndexMap<String, RecordedQuery>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedQuery {
    pub cost: f64,
    pub rows: f64,
    /// One for each set of parameters, the same ones once.
    pub plans: Vec<String>,
}

const HEAD: &str =
    "# The plans that `planwise assert` expects, written by `planwise assert --record`.\n\n";

impl Recorded {
    pub fn new() -> Recorded {
        Recorded { format: FORMAT, queries: IndexMap::new() }
    }

    /// Beside the workload: `queries.sql` has `queries.sql.plans`.
    pub fn place(workload: &Path) -> PathBuf {
        let mut name = workload.as_os_str().to_owned();
        name.push(".plans");
        PathBuf::from(name)
    }

    /// `None` where there is no such file.
    ///
    /// # Errors
    /// As a sentence that begins with the file's name.
    pub fn read(path: &Path) -> Result<Option<Recorded>, String> {
        let named = |reason: String| format!("{}: {reason}", path.display());
        let text = match bounded::read_text(path, bounded::LARGE) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| named(error.to_string()))?,
        };
        let recorded: Recorded = toml::from_str(&text)
            .map_err(|error| named(format!("it does not hold recorded plans: {error}")))?;
        match recorded.format == FORMAT {
            true => Ok(Some(recorded)),
            false => Err(named(format!(
                "it has format {}, and this planwise knows {FORMAT}: record the plans again",
                recorded.format
            ))),
        }
    }

    /// # Errors
    /// The system refused the file.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = toml::to_string_pretty(self).map_err(std::io::Error::other)?;
        crate::durable::write(path, format!("{HEAD}{text}").as_bytes())
    }
}

impl Default for Recorded {
    fn default() -> Self {
        Recorded::new()
    }
}
