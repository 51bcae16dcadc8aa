//! Each line of the checklist, with what proves it and how old that is.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::RunbookConfig;
use super::downtime::Downtime;
use super::facts::{Evidence, Facts};
use super::upgrade::rehearsed_elsewhere;
use super::upgrade_checks;
use crate::engine::migration::{PreconditionState, Severity};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    Proven,
    Failed,
    NotChecked,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    pub what: String,
    pub state: CheckState,
    /// What proves it, or what is missing.
    pub evidence: String,
}

/// `now` decides what is too old.
pub fn checklist(
    config: &RunbookConfig,
    facts: &Facts,
    downtime: Option<&Downtime>,
    now: Timestamp,
) -> Vec<Checked> {
    let judge = Judge { config, now };
    let mut checks = vec![
        judge.inventory(facts),
        judge.review(facts),
        judge.seen(facts),
        judge.preconditions(facts),
        judge.rehearsal(facts),
        judge.parity(facts),
        judge.schema(facts),
        judge.constraints(facts),
        judge.application(facts),
        judge.smoke(facts),
        judge.downtime(facts, downtime),
        judge.rollback(),
    ];
    let before_the_last = checks.len() - 1;
    let added =
        [Some(upgrade_checks::statistics(&judge, facts)), upgrade_checks::plans(&judge, facts)];
    checks.splice(before_the_last..before_the_last, added.into_iter().flatten());
    checks
}

pub struct Judge<'a> {
    config: &'a RunbookConfig,
    now: Timestamp,
}

impl Judge<'_> {
    /// Judges a report that is there and fresh enough.
    pub fn from<T>(
        &self,
        what: &str,
        evidence: Option<&Evidence<T>>,
        command: &str,
        judge: impl FnOnce(&T) -> (CheckState, String),
    ) -> Checked {
        let what = what.to_owned();
        let Some(evidence) = evidence else {
            let missing = format!("no evidence: run `planwise {command}` and name its file");
            return Checked { what, state: CheckState::NotChecked, evidence: missing };
        };
        let age = self.now.duration_since(evidence.written).as_secs_f64() / 86_400.0;
        let place = format!(
            "{} of {}",
            evidence.file.display(),
            evidence.written.strftime("%Y-%m-%d %H:%M UTC")
        );
        if age > self.config.goals.evidence_days {
            let old = format!("{place} is {age:.1} days old: run `planwise {command}` again");
            return Checked { what, state: CheckState::NotChecked, evidence: old };
        }
        let (state, found) = judge(&evidence.report);
        Checked { what, state, evidence: format!("{found} ({place})") }
    }

    fn inventory(&self, facts: &Facts) -> Checked {
        self.from(
            "What there is to move is known",
            facts.inventory.as_ref(),
            "inventory",
            |report| {
                let tables = report.inventory.shape.tables.len();
                (
                    CheckState::Proven,
                    format!("{tables} tables, {} objects", report.inventory.objects.len()),
                )
            },
        )
    }

    fn review(&self, facts: &Facts) -> Checked {
        let command = "inventory --target …";
        self.from(
            "Nothing is known that blocks the move",
            facts.inventory.as_ref(),
            command,
            |report| {
                let Some(review) = &report.review else {
                    return (
                        CheckState::NotChecked,
                        "the inventory was taken without --target".to_owned(),
                    );
                };
                match report.count(Severity::Blocks) {
                    0 => (
                        CheckState::Proven,
                        format!(
                            "no point of {} blocks the way to {}",
                            review.points.len(),
                            review.target
                        ),
                    ),
                    blocks => (
                        CheckState::Failed,
                        format!("{blocks} points block the way to {}", review.target),
                    ),
                }
            },
        )
    }

    fn seen(&self, facts: &Facts) -> Checked {
        self.from("The login saw everything", facts.inventory.as_ref(), "inventory", |report| {
            match report.state.hidden.as_slice() {
                [] => (CheckState::Proven, "nothing was hidden".to_owned()),
                hidden => {
                    let what: Vec<&str> =
                        hidden.iter().map(|hidden| hidden.what.as_str()).collect();
                    (CheckState::NotChecked, format!("hidden: {}", what.join(", ")))
                }
            }
        })
    }

    fn preconditions(&self, facts: &Facts) -> Checked {
        self.from(
            "The preconditions of the route are met",
            facts.rehearsal.as_ref(),
            "rehearse",
            |report| {
                let of = |state| report.preconditions.iter().filter(move |p| p.state == state);
                let names =
                    |state| of(state).map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
                if of(PreconditionState::Unmet).count() > 0 {
                    return (
                        CheckState::Failed,
                        format!("not met: {}", names(PreconditionState::Unmet)),
                    );
                }
                match of(PreconditionState::Unknown).count() {
                    0 => (CheckState::Proven, format!("{} met", report.preconditions.len())),
                    _ => (
                        CheckState::NotChecked,
                        format!("not told: {}", names(PreconditionState::Unknown)),
                    ),
                }
            },
        )
    }

    fn rehearsal(&self, facts: &Facts) -> Checked {
        self.from(
            "The move was rehearsed at least three times",
            facts.rehearsal.as_ref(),
            "rehearse",
            |report| {
                let whole = report.runs.iter().filter(|run| run.failed.is_none()).count();
                if let (false, Some(why)) = (report.failed(), rehearsed_elsewhere(facts)) {
                    return (CheckState::NotChecked, why);
                }
                match (report.failed(), whole) {
                    (true, _) => (CheckState::Failed, "a run did not come to its end".to_owned()),
                    (false, whole) if whole < 3 => {
                        (CheckState::NotChecked, format!("{whole} runs"))
                    }
                    (false, whole) => (CheckState::Proven, format!("{whole} runs, none failed")),
                }
            },
        )
    }

    fn application(&self, facts: &Facts) -> Checked {
        let command = "answers …";
        self.from(
            "The application's queries answer alike",
            facts.application.as_ref(),
            command,
            |report| {
                use crate::migrate::application::AnswerVerdict as Answer;
                let of = |verdict| report.count(verdict) + report.transactions_that(verdict);
                let all = report.queries.len() + report.transactions.len();
                let queries = all - of(Answer::NotRun);
                match (of(Answer::Different), of(Answer::Untranslated)) {
                    (0, 0) if queries > 0 => (CheckState::Proven, format!("{queries} queries")),
                    (0, 0) => (CheckState::NotChecked, "no query was asked".to_owned()),
                    (0, open) => {
                        (CheckState::NotChecked, format!("{open} of {queries} are not translated"))
                    }
                    (different, _) => {
                        (CheckState::Failed, format!("{different} of {queries} answer otherwise"))
                    }
                }
            },
        )
    }

    fn smoke(&self, facts: &Facts) -> Checked {
        let command = "answers --smoke …";
        self.from(
            "Critical flows work on the target",
            facts.application.as_ref(),
            command,
            |report| {
                let failed: Vec<&str> =
                    report.smoke.iter().filter(|s| !s.passed).map(|s| s.id.as_str()).collect();
                match (report.smoke.len(), failed.as_slice()) {
                    (0, _) => (CheckState::NotChecked, "no smoke file was run".to_owned()),
                    (count, []) => (CheckState::Proven, format!("{count} checks passed")),
                    (_, failed) => (CheckState::Failed, format!("failed: {}", failed.join(", "))),
                }
            },
        )
    }

    fn downtime(&self, facts: &Facts, downtime: Option<&Downtime>) -> Checked {
        let what = "The downtime fits its limit";
        self.from(what, facts.rehearsal.as_ref(), "rehearse", |_| {
            let limit = self.config.goals.downtime_minutes * 60.0;
            match downtime {
                None => (CheckState::NotChecked, "no rehearsal came to its end".to_owned()),
                Some(told) if told.high_s <= limit => (
                    CheckState::Proven,
                    format!("{:.0} s, at most {:.0} s, of {limit:.0} s", told.total_s, told.high_s),
                ),
                Some(told) => (
                    CheckState::Failed,
                    format!(
                        "{:.0} s, up to {:.0} s, and the limit is {limit:.0} s",
                        told.total_s, told.high_s
                    ),
                ),
            }
        })
    }

    fn rollback(&self) -> Checked {
        let what = "The way back was tried, and is quick enough".to_owned();
        let limit = self.config.goals.rto_minutes * 60.0;
        let (state, evidence) = match self.config.rollback.rehearsed_seconds {
            None => {
                (CheckState::NotChecked, "nobody tried it: rehearsed-seconds is not set".to_owned())
            }
            Some(seconds) if seconds <= limit => (
                CheckState::Proven,
                format!("{seconds:.0} s of {limit:.0} s, as stated in migration.toml"),
            ),
            Some(seconds) => {
                (CheckState::Failed, format!("{seconds:.0} s, and the limit is {limit:.0} s"))
            }
        };
        Checked { what, state, evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> RunbookConfig {
        toml::from_str(
            "title = 'x'\nsource = 'a'\ntarget = 'b'\n[goals]\nrto-minutes = 10\nrpo-minutes = 0\ndowntime-minutes = 5\n\
             [rollback]\ntrigger = 't'\nhow = 'h'\nuntil = 'u'\n",
        )
        .unwrap()
    }

    #[test]
    fn nothing_is_done_without_evidence() {
        let checks = checklist(&config(), &Facts::default(), None, Timestamp::now());
        assert!(checks.len() > 8);
        assert!(checks.iter().all(|check| check.state == CheckState::NotChecked));
    }

    #[test]
    fn a_way_back_that_takes_too_long_fails() {
        let mut config = config();
        config.rollback.rehearsed_seconds = Some(601.0);
        let checks = checklist(&config, &Facts::default(), None, Timestamp::now());
        assert_eq!(checks.last().map(|check| check.state), Some(CheckState::Failed));
    }
}
