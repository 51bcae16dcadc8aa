//! The gain a finding promises: only what the rule says can be had, and only as much as stands in the plan.

use minijinja::Value;

use super::definition::Rule;
use super::load::{EvaluationError, Part, RuleSet};
use super::{Gain, gain};
use crate::stats::Interval;

/// What following the finding saves, or nothing where the rule says that it cannot be had.
pub fn gain(
    rules: &RuleSet,
    rule: &Rule,
    site: &gain::Site<'_, '_>,
    facts: &Value,
) -> Result<Gain, EvaluationError> {
    let definition = &rule.definition;
    let attainable = match definition.gain_when {
        Some(_) => rules.condition(rule, Part::GainWhen, facts)?,
        None => true,
    };
    if !attainable {
        return Ok(gain::none(&definition.gain));
    }
    let number = |source: &Option<String>, part| {
        source.as_ref().map(|_| rules.number(rule, part, facts)).transpose()
    };
    let most = number(&definition.saved_ms, Part::SavedMs)?;
    let least = number(&definition.saved_ms_low, Part::SavedMsLow)?;
    let stated = most.map(|most| Interval::new(least.unwrap_or(most).min(most), most));
    Ok(gain::estimate(&definition.gain, site, stated))
}
