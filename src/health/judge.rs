//! Holding checks against what was seen.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::check::Check;
use super::load::Checks;
use super::verdict::{Place, Threshold, Unjudged};
use super::{Ailment, Sight, facts};
use crate::engine::Seen;
use crate::rule::{EvaluationError, Severity, severity_of};

/// Places that are listed of one ailment.
const LISTED: usize = 50;

/// A check that holds somewhere, with the facts of that place.
pub struct Held<'c> {
    pub check: &'c Check,
    pub place: Place,
    pub facts: Value,
}

/// One pass over all checks.
pub struct Judge<'c> {
    checks: &'c Checks,
    common: Value,
    pub unjudged: Vec<Unjudged>,
}

impl<'c> Judge<'c> {
    /// `run`: what plans of a workload say, where there are any.
    pub fn new(checks: &'c Checks, sight: &Sight, run: Option<&Value>) -> Self {
        Judge { checks, common: facts::common(sight, run), unjudged: Vec::new() }
    }

    #[cfg(test)]
    pub fn of_facts(checks: &'c Checks, common: Value) -> Self {
        Judge { checks, common, unjudged: Vec::new() }
    }

    /// Every place where `check` holds.
    ///
    /// # Errors
    /// The check itself is wrong.
    pub fn hold(
        &mut self,
        check: &'c Check,
        sight: &Sight,
    ) -> Result<Vec<Held<'c>>, EvaluationError> {
        let Some(look) = &check.of else {
            return Ok(self.at(check, None)?.into_iter().collect());
        };
        let Some(rows) = sight.looks.get(look) else {
            self.unjudged.push(Unjudged { check: check.id.clone(), lacking: look.clone() });
            return Ok(Vec::new());
        };
        let mut held = Vec::new();
        for row in rows {
            held.extend(self.at(check, Some(row))?);
        }
        Ok(held)
    }

    fn at(
        &mut self,
        check: &'c Check,
        row: Option<&Seen>,
    ) -> Result<Option<Held<'c>>, EvaluationError> {
        match self.judge_at(check, row) {
            Ok(place) => {
                let facts = self.facts(check, row.map(|row| facts::of_row("row", row)));
                Ok(place.map(|place| Held { check, place, facts }))
            }
            Err(EvaluationError::UnknownFact(lacking)) => {
                // Of a row that shows no more, the others may.
                if row.is_none() {
                    self.unjudged.push(Unjudged { check: check.id.clone(), lacking });
                }
                Ok(None)
            }
            Err(broken) => Err(broken),
        }
    }

    fn facts(&self, check: &Check, row: Option<Value>) -> Value {
        let base = context! { params => params(check), ..self.common.clone() };
        match row {
            Some(row) => context! { row, ..base },
            None => base,
        }
    }

    /// What `check` says of one place; `None` where it does not hold.
    ///
    /// # Errors
    /// A fact is not known, or the check is wrong.
    pub fn judge_at(
        &self,
        check: &Check,
        row: Option<&Seen>,
    ) -> Result<Option<Place>, EvaluationError> {
        let judged = self.facts(check, row.map(|row| facts::of_row("row", row)));
        if !self.checks.expressions.holds(&format!("{} when", check.key()), &judged)? {
            return Ok(None);
        }
        let told = self.facts(check, row.map(facts::of_row_in_words));
        self.place(check, &judged, &told).map(Some)
    }

    fn place(&self, check: &Check, judged: &Value, told: &Value) -> Result<Place, EvaluationError> {
        let severity = match check.computed_severity() {
            None => check.severity.clone(),
            Some(_) => self.part(check, "severity", judged, true)?,
        };
        let severity = severity_of(&severity)
            .ok_or_else(|| EvaluationError::Broken(format!("{}: no severity", check.id)))?;
        let subject = check.subject.as_ref().map(|_| self.part(check, "subject", told, false));
        let statements =
            (0..check.helps.len()).map(|i| self.part(check, &format!("helps {i}"), told, false));
        Ok(Place {
            severity,
            subject: subject.transpose()?,
            message: self.part(check, "message", told, false)?,
            statements: statements.collect::<Result<_, _>>()?,
        })
    }

    /// One part's text.
    ///
    /// # Errors
    /// A fact is not known, or the check is wrong.
    pub fn part(
        &self,
        check: &Check,
        part: &str,
        facts: &Value,
        trim: bool,
    ) -> Result<String, EvaluationError> {
        let text = self.checks.expressions.render(&format!("{} {part}", check.key()), facts)?;
        Ok(if trim { text.trim().to_owned() } else { text })
    }

    /// The expression of a vital sign.
    ///
    /// # Errors
    /// As [`Judge::part`].
    pub fn vital(&self, name: &str) -> Result<String, EvaluationError> {
        self.checks.expressions.render(name, &self.common)
    }
}

fn params(check: &Check) -> Value {
    let numbers = check.params.iter().map(|(name, param)| (name.clone(), param.value));
    Value::from(numbers.collect::<BTreeMap<_, _>>())
}

pub fn thresholds(check: &Check) -> Vec<Threshold> {
    let threshold = |(name, param): (&String, &crate::rule::Param)| Threshold {
        name: name.clone(),
        value: param.value,
        unit: param.unit.clone(),
        why: param.why.clone(),
    };
    check.params.iter().map(threshold).collect()
}

/// All places of one check as one ailment.
pub fn ailment(held: Vec<Held<'_>>) -> Option<Ailment> {
    let check = held.first()?.check;
    let caution = check.caution.clone();
    let mut places: Vec<Place> = held.into_iter().map(|held| held.place).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.severity));
    let severity = places.first().map_or(Severity::Info, |place| place.severity);
    let more = places.len().saturating_sub(LISTED);
    places.truncate(LISTED);
    Some(Ailment {
        id: check.id.clone(),
        severity,
        summary: check.summary.clone(),
        places,
        more,
        thresholds: thresholds(check),
        why: check.why.trim().to_owned(),
        caution,
    })
}
