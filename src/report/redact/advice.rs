//! Findings, advice and comparisons without literals.

use super::redactor::Redactor;
use crate::advise::{
    Advice, DropAdvice, IndexAdvice, LayoutTrial, Outcome, SettingAdvice, SettingTrial,
    StatisticsAdvice,
};
use crate::compare::{Cause, Comparison, Signal};
use crate::rule::{ActionKind, Finding};

const PLACEHOLDER: &str = "…";

impl Redactor {
    pub fn findings(&self, findings: &mut [Finding]) {
        findings.iter_mut().for_each(|finding| self.finding(finding));
    }

    fn finding(&self, finding: &mut Finding) {
        self.proses([&mut finding.title, &mut finding.message]);
        let guidance = [&mut finding.why, &mut finding.fix, &mut finding.verify];
        let guidance = guidance.into_iter().chain(&mut finding.ignore_when);
        guidance.for_each(|text| self.guidance(text));
        self.codes(&mut finding.columns);
        self.proses(&mut finding.subject);
        for action in &mut finding.actions {
            // The values of settings are ours, not the workload's, and the statement stays runnable.
            if action.kind != ActionKind::Setting {
                self.sketch(&mut action.statement);
                self.codes(&mut action.undo);
            }
            self.proses(&mut action.caution);
        }
    }

    pub fn advice(&self, advice: &mut Advice) {
        advice.indexes.iter_mut().for_each(|index| self.index_advice(index));
        advice.drops.iter_mut().for_each(|drop| self.drop_advice(drop));
        advice.settings.iter_mut().for_each(|setting| self.setting_advice(setting));
        advice.statistics.iter_mut().for_each(|item| self.statistics_advice(item));
        for change in &mut advice.layout {
            self.prose(&mut change.evidence);
            self.prose(&mut change.estimate);
            self.codes(&mut change.statements);
            if let Some(LayoutTrial::Failed { error }) = &mut change.trial {
                self.prose(error);
            }
        }
        self.proses(&mut advice.notes);
        for shortfall in &mut advice.shortfalls {
            self.prose(&mut shortfall.message);
            self.codes(&mut shortfall.statements);
        }
    }

    fn index_advice(&self, index: &mut IndexAdvice) {
        self.name(&mut index.name);
        if let Some(story) = &mut index.story {
            self.codes([&mut story.before, &mut story.after]);
        }
        self.codes(index.columns.iter_mut().chain(&mut index.include));
        self.codes(&mut index.predicate);
        self.codes([&mut index.ddl, &mut index.undo]);
        // Of these lines only the engine knows which words are literals.
        index.online.clear();
        self.codes(&mut index.steps);
        self.prose(&mut index.why);
        self.outcome(&mut index.outcome);
    }

    fn drop_advice(&self, drop: &mut DropAdvice) {
        self.codes([&mut drop.ddl, &mut drop.undo]);
        self.prose(&mut drop.why);
        self.outcome(&mut drop.outcome);
    }

    fn setting_advice(&self, setting: &mut SettingAdvice) {
        self.prose(&mut setting.why);
        if let Some(SettingTrial::NotTried { because }) = &mut setting.trial {
            self.prose(because);
        }
        self.outcome(&mut setting.outcome);
    }

    fn statistics_advice(&self, item: &mut StatisticsAdvice) {
        self.code(&mut item.statement);
        self.codes(&mut item.undo);
        self.prose(&mut item.why);
        self.outcome(&mut item.outcome);
    }

    fn outcome(&self, outcome: &mut Outcome) {
        match outcome {
            Outcome::Dropped { reason } => self.prose(reason),
            Outcome::Failed { error } => self.prose(error),
            Outcome::Kept { .. } | Outcome::Unproven | Outcome::Proposed => {}
        }
    }

    pub fn comparison(&self, comparison: &mut Comparison) {
        self.proses(&mut comparison.notes);
        for query in &mut comparison.queries {
            self.proses(&mut query.note);
            query.signals.iter_mut().for_each(|signal| self.signal(signal));
        }
    }

    /// Rows of a result are nothing but literals.
    fn signal(&self, signal: &mut Signal) {
        self.proses([&mut signal.message]);
        match &mut signal.cause {
            Cause::ErrorsAppeared { error, .. } => self.proses([error]),
            Cause::ResultsDiffer { examples } => {
                let rows =
                    examples.iter_mut().flat_map(|e| e.before.iter_mut().chain(&mut e.after));
                rows.flatten().flatten().for_each(|value| *value = PLACEHOLDER.to_owned());
            }
            _ => {}
        }
    }
}
