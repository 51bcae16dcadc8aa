//! From what was seen to a report.

use minijinja::Value;

use super::budget::consistent;
use super::judge::{Judge, ailment};
use super::proposal::proposal;
use super::report::{HEALTH_FORMAT, HealthReport, Observation};
use super::{Checks, Sight, vital};
use crate::engine::{self, SettingGrammar};
use crate::rule::{EvaluationError, Severity};

/// Judges everything that was seen. `run`: what the plans of a workload say.
///
/// # Errors
/// A check of ours is wrong.
pub fn assess(
    checks: &Checks,
    sight: &Sight,
    run: Option<&Value>,
) -> Result<HealthReport, EvaluationError> {
    let (engine, version) = (sight.server.engine.as_str(), sight.server.version_number);
    let known = engine::by_name(engine);
    let grammar: Option<&dyn SettingGrammar> = known.and_then(|engine| engine.setting_grammar());
    let mut judge = Judge::new(checks, sight, run);
    let (mut ailments, mut proposals) = (Vec::new(), Vec::new());
    let holding = checks.holding(engine, version);
    for check in holding.filter(|check| check.throwaway || !sight.throwaway) {
        let held = judge.hold(check, sight)?;
        let Some(remedy) = &check.setting else {
            ailments.extend(ailment(held));
            continue;
        };
        let Some(grammar) = grammar else { continue };
        for held in &held {
            match proposal(&judge, held, remedy, sight, grammar) {
                Ok(proposal) => proposals.extend(proposal),
                Err(EvaluationError::UnknownFact(_)) => {}
                Err(broken) => return Err(broken),
            }
        }
    }
    let (settings, not_taken) = match grammar {
        Some(grammar) => consistent(proposals, sight, grammar),
        None => (Vec::new(), Vec::new()),
    };
    ailments.sort_by_key(|ailment| std::cmp::Reverse(ailment.severity));
    let (ailments, notes) = ailments.into_iter().partition(|a| a.severity > Severity::Info);
    let vitals = vital::readings(checks, &judge, sight);
    let mut unjudged = judge.unjudged;
    unjudged.sort();
    unjudged.dedup();
    let observed = sight.observation();
    Ok(HealthReport {
        format: HEALTH_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        taken: sight.taken,
        server: sight.server.clone(),
        host: sight.host.clone(),
        throwaway: sight.throwaway,
        observed: Observation { seconds: observed.seconds, since_start: observed.since_start },
        ailments,
        notes,
        vitals,
        settings,
        not_taken,
        // What planwise may not see of its own server is nobody's concern.
        hidden: if sight.throwaway { Vec::new() } else { sight.hidden.clone() },
        unjudged,
        counters: sight.sample(),
        took_ms: sight.took.as_secs_f64() * 1e3,
    })
}
