//! Evidence: what the other commands wrote, each with its age.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::EvidenceFiles;
use crate::bounded;
use crate::migrate::application::ApplicationReport;
use crate::migrate::inventory::InventoryReport;
use crate::migrate::parity::ParityReport;
use crate::migrate::rehearsal::RehearsalReport;
use crate::snapshot::WhatIfReport;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    pub inventory: Option<Evidence<InventoryReport>>,
    pub rehearsal: Option<Evidence<RehearsalReport>>,
    pub parity: Option<Evidence<ParityReport>>,
    pub application: Option<Evidence<ApplicationReport>>,
    pub plans: Option<Evidence<WhatIfReport>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence<T> {
    pub file: PathBuf,
    /// When the file was written.
    pub written: Timestamp,
    pub report: T,
}

#[derive(Debug, Error)]
#[error("{} cannot be used as evidence: {message}", path.display())]
pub struct EvidenceError {
    pub path: PathBuf,
    pub message: String,
}

impl Facts {
    /// Reads what `files` names, from `folder`.
    pub fn read(folder: &Path, files: &EvidenceFiles) -> Result<Facts, EvidenceError> {
        Ok(Facts {
            inventory: read(folder, files.inventory.as_deref())?,
            rehearsal: read(folder, files.rehearsal.as_deref())?,
            parity: read(folder, files.parity.as_deref())?,
            application: read(folder, files.application.as_deref())?,
            plans: read(folder, files.plans.as_deref())?,
        })
    }
}

fn read<T: DeserializeOwned>(
    folder: &Path,
    file: Option<&Path>,
) -> Result<Option<Evidence<T>>, EvidenceError> {
    let Some(file) = file else { return Ok(None) };
    let path = folder.join(file);
    let failed = |message: String| EvidenceError { path: path.clone(), message };
    let bytes = bounded::read(&path, bounded::LARGE).map_err(|error| failed(error.to_string()))?;
    let report = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let written = std::fs::metadata(&path)
        .and_then(|data| data.modified())
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Some(Evidence { file: file.to_owned(), written, report }))
}
