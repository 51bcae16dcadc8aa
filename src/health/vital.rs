//! Figures that are shown whatever they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sight;
use super::judge::Judge;
use super::load::Checks;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    pub id: String,
    pub label: String,
    pub shown: String,
    /// In the unit that the id ends with.
    pub number: Option<f64>,
}

/// Those that are known here.
pub fn readings(checks: &Checks, judge: &Judge<'_>, sight: &Sight) -> Vec<Reading> {
    let (engine, version) = (sight.server.engine.as_str(), sight.server.version_number);
    let holding = checks.vitals.iter().filter(|vital| vital.holds_for(engine, version));
    let reading = holding.filter_map(|vital| {
        let shown = judge.vital(&vital.name()).ok()?.trim().to_owned();
        let number = judge.vital(&format!("{} number", vital.name())).ok();
        let number = number.and_then(|text| text.trim().parse::<f64>().ok());
        let (id, label) = (vital.id.clone(), vital.label.clone());
        Some(Reading { id, label, shown, number: number.filter(|number| number.is_finite()) })
    });
    reading.filter(|reading| !reading.shown.is_empty()).collect()
}
