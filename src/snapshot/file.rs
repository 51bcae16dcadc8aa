//! The file: JSON, compressed by gzip, with a version. docs/snapshot.md says what is in it.

use std::io::{BufWriter, IntoInnerError, Read};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SnapshotError;
use super::named_values::named_values;
use crate::bounded;
use crate::durable;
use crate::engine::{self, PlannerState, PlannerStates};
use crate::workload::Workload;

/// What the file calls itself.
const KIND: &str = "planwise snapshot";
/// Raised when an older planwise could no longer read what is written.
pub const SNAPSHOT_FORMAT: u32 = 1;
/// Unpacked. Ten thousand tables with statistics take about a tenth of it.
const MOST: u64 = 2 << 30;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Always "planwise snapshot": what tells the file from others.
    pub kind: String,
    pub format: u32,
    /// Version of the program that wrote it.
    pub planwise: String,
    pub taken: Timestamp,
    /// What leaving values out costs; `None` where they are in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted: Option<String>,
    /// Of digests, where values are replaced by others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    pub state: PlannerState,
}

impl Snapshot {
    pub fn of(state: PlannerState) -> Snapshot {
        Snapshot {
            kind: KIND.to_owned(),
            format: SNAPSHOT_FORMAT,
            planwise: env!("CARGO_PKG_VERSION").to_owned(),
            taken: Timestamp::now(),
            redacted: None,
            salt: None,
            state,
        }
    }

    /// Leaves values of rows out.
    ///
    /// # Errors
    /// The engine is not known to this build.
    pub fn redact(&mut self) -> Result<(), SnapshotError> {
        let states = self.states()?;
        self.redacted = Some(states.redact(&mut self.state));
        Ok(())
    }

    /// Puts others of the same order in the place of values of rows.
    ///
    /// # Errors
    /// The engine is not known to this build.
    pub fn hash(&mut self) -> Result<(), SnapshotError> {
        let states = self.states()?;
        let salt = format!("{:032x}", rand::random::<u128>());
        self.redacted = Some(states.hash(&mut self.state, &salt));
        self.salt = Some(salt);
        Ok(())
    }

    /// Values that the queries name take their places again. Does nothing where none were replaced.
    ///
    /// # Errors
    /// The engine is not known to this build.
    pub fn recognise(&mut self, workload: &Workload) -> Result<(), SnapshotError> {
        let states = self.states()?;
        if let Some(salt) = &self.salt {
            states.recognise(&mut self.state, salt, &named_values(workload));
        }
        Ok(())
    }

    /// How this engine's states are read and made again.
    ///
    /// # Errors
    /// The engine is not known to this build.
    pub fn states(&self) -> Result<&'static dyn PlannerStates, SnapshotError> {
        let engine = engine::by_name(&self.state.engine);
        let unsupported = || SnapshotError::Unsupported { engine: self.state.engine.clone() };
        engine.and_then(engine::Engine::planner_states).ok_or_else(unsupported)
    }

    /// Bytes written. The file is whole or not there.
    ///
    /// # Errors
    /// The system refused the file.
    pub fn write(&self, path: &Path) -> std::io::Result<u64> {
        // Packing a word at a time takes several times as long.
        let mut packed =
            BufWriter::with_capacity(1 << 16, GzEncoder::new(Vec::new(), Compression::new(6)));
        serde_json::to_writer(&mut packed, self)?;
        let bytes = packed.into_inner().map_err(IntoInnerError::into_error)?.finish()?;
        durable::write(path, &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// # Errors
    /// An [`std::io::Error`] where the system refused the file, a [`SnapshotError`] where its content is of no use.
    pub fn read(path: &Path) -> anyhow::Result<Snapshot> {
        let bytes = bounded::read(path, bounded::LARGE)?;
        let unusable = |reason: String| SnapshotError::Unusable { path: path.to_owned(), reason };
        Ok(Snapshot::parse(&bytes).map_err(unusable)?)
    }

    /// What a file holds.
    ///
    /// # Errors
    /// The reason, as the end of a sentence that begins with the file's name.
    pub fn parse(bytes: &[u8]) -> Result<Snapshot, String> {
        parse(bytes)
    }
}

fn parse(bytes: &[u8]) -> Result<Snapshot, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if !bytes.starts_with(b"\x1f\x8b") {
        return Err(format!("it is no snapshot; {REMEDY}"));
    }
    let mut text = Vec::new();
    let unpacked = GzDecoder::new(bytes).take(MOST + 1).read_to_end(&mut text);
    unpacked.map_err(|error| format!("it is damaged or cut off ({error}); {REMEDY}"))?;
    if text.len() as u64 > MOST {
        return Err(format!("it is larger than {} MB when unpacked", MOST >> 20));
    }
    // Its head alone first: a whole document in memory beside what is made of it takes several times as long.
    let head: Head = serde_json::from_slice(&text)
        .map_err(|error| format!("it is no snapshot ({error}); {REMEDY}"))?;
    if head.kind.as_ref().and_then(Value::as_str) != Some(KIND) {
        return Err(format!("it is no snapshot; {REMEDY}"));
    }
    match head.format.as_ref().and_then(Value::as_u64) {
        Some(format) if format == u64::from(SNAPSHOT_FORMAT) => {}
        Some(format) if format > u64::from(SNAPSHOT_FORMAT) => {
            return Err(format!(
                "it has format {format}, and this planwise knows formats up to {SNAPSHOT_FORMAT}: use a newer planwise"
            ));
        }
        _ => return Err(format!("it does not say its format; {REMEDY}")),
    }
    serde_json::from_slice(&text).map_err(|error| format!("it cannot be read ({error}); {REMEDY}"))
}

/// What says whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    kind: Option<Value>,
    format: Option<Value>,
}

const REMEDY: &str = "`planwise snapshot --db URL -o FILE` writes one";

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn what_is_no_snapshot_is_told_apart() {
        let reason = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert_eq!(reason(b""), "it is empty");
        assert!(reason(b"CREATE TABLE t ()").contains("is no snapshot"));
        assert!(reason(&packed("{}")).contains("is no snapshot"));
        let whole = packed(&format!(r#"{{"kind": "{KIND}", "format": 99}}"#));
        assert!(reason(&whole).contains("use a newer planwise"));
        assert!(reason(&whole[..whole.len() - 9]).contains("cut off"));
        let empty = packed(&format!(r#"{{"kind": "{KIND}", "format": 1}}"#));
        assert!(reason(&empty).contains("cannot be read (missing field"));
    }
}
