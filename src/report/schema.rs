//! JSON Schemas of the files planwise writes. Checked in under `reports/schema/`.

use schemars::{Schema, schema_for};

use super::{AdviceFile, ComparisonFile, FindingsFile, WholeReport};
use crate::health::HealthReport;
use crate::migrate::application::ApplicationReport;
use crate::migrate::inventory::InventoryReport;
use crate::migrate::parity::ParityReport;
use crate::migrate::rehearsal::RehearsalReport;
use crate::migrate::runbook::Runbook;
use crate::run::Run;
use crate::snapshot::WhatIfReport;

/// File name below `reports/schema/` and content, for every JSON file of `--out` and for `--format json`.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("run.schema.json", schema_for!(Run)),
        ("findings.schema.json", schema_for!(FindingsFile)),
        ("advice.schema.json", schema_for!(AdviceFile)),
        ("comparison.schema.json", schema_for!(ComparisonFile)),
        ("report.schema.json", schema_for!(WholeReport)),
        ("health.schema.json", schema_for!(HealthReport)),
        ("inventory.schema.json", schema_for!(InventoryReport)),
        ("parity.schema.json", schema_for!(ParityReport)),
        ("rehearsal.schema.json", schema_for!(RehearsalReport)),
        ("application.schema.json", schema_for!(ApplicationReport)),
        ("plans.schema.json", schema_for!(WhatIfReport)),
        ("runbook.schema.json", schema_for!(Runbook)),
    ]
}
