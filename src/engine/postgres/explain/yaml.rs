//! The YAML form of EXPLAIN as the document that the JSON form would have been.

use serde::de::DeserializeSeed;
use serde_json::Value;

use super::json::Merging;
use crate::plan::PlanError;

pub fn read(text: &str) -> Result<Value, PlanError> {
    serde_saphyr::with_deserializer_from_str(text, |deserializer| Merging.deserialize(deserializer))
        .map_err(|error| malformed(&error))
}

fn malformed(error: &serde_saphyr::Error) -> PlanError {
    let line = error.location().map_or(1, |location| location.line() as usize);
    PlanError::Malformed {
        line,
        message: "not valid YAML; was it cut off, or its indentation changed, when it was copied?"
            .to_owned(),
    }
}
