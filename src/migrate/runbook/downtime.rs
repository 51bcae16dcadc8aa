//! For how long nobody can write, from measured parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Facts;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Downtime {
    /// Step, seconds, and where they come from.
    pub steps: Vec<(String, f64, String)>,
    pub total_s: f64,
    /// Of the measured part, from the slowest rehearsal.
    pub high_s: f64,
    /// The number of jobs that it is reckoned with.
    pub jobs: u32,
}

/// Steps that nothing measures; without a word of the user's they count as nothing, and that is said.
const STATED: [&str; 5] = ["freeze", "drain", "switch", "smoke", "margin"];

/// `None` without a rehearsal that came to its end.
pub fn downtime(facts: &Facts, stated: &BTreeMap<String, f64>) -> Option<Downtime> {
    let rehearsal = &facts.rehearsal.as_ref()?.report;
    let best = rehearsal.extrapolated.iter().min_by(|a, b| a.total_s.total_cmp(&b.total_s))?;
    let step = |name: &str| {
        let seconds = stated.get(name).copied();
        let from = match seconds {
            Some(_) => "stated in migration.toml",
            None => "not stated: counted as 0",
        };
        (name.to_owned(), seconds.unwrap_or(0.0), from.to_owned())
    };
    let mut steps = vec![step("freeze"), step("drain")];
    let measured = best.phases.iter().map(|(phase, seconds)| {
        (phase.clone(), *seconds, format!("rehearsed with {} jobs, extrapolated", best.jobs))
    });
    steps.extend(measured);
    if let Some(parity) = &facts.parity {
        let report = &parity.report;
        let seconds = report.finished.duration_since(report.started).as_secs_f64();
        steps.push((
            "parity".to_owned(),
            seconds,
            "measured, at the size it was compared at".to_owned(),
        ));
    }
    steps.extend(STATED.into_iter().skip(2).map(step));
    let total_s: f64 = steps.iter().map(|(_, seconds, _)| seconds).sum();
    let high_s = total_s - best.total_s + best.high_s.unwrap_or(best.total_s);
    Some(Downtime { steps, total_s, high_s, jobs: best.jobs })
}
