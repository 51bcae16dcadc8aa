//! Findings of plans that the captured log held, beside those of the run's own plans.

use crate::engine::Engine;
use crate::report::format::millis;
use crate::rule::{ActionKind, Finding, RuleSet, fold, judge_kept};
use crate::workload::Workload;

/// Findings in plans that a log held with the workload's queries, and a sentence about plans that could not be read.
#[derive(Debug, Clone, Default)]
pub struct CapturedPlans {
    findings: Vec<Finding>,
    unread: usize,
}

impl CapturedPlans {
    pub fn judge(workload: &Workload, rules: &RuleSet, engine: &dyn Engine) -> Self {
        let mut all = CapturedPlans::default();
        for query in workload.queries.iter().filter(|query| !query.plans.is_empty()) {
            let judged = judge_kept(&query.plans, Some(&query.sql), &query.id, rules, engine);
            all.unread += judged.unread.len();
            for (plan, mut finding) in judged.findings {
                let took = plan.took_ns.map_or(String::new(), |ns| {
                    format!(", of an execution of {}", millis(ns as f64 / 1e6))
                });
                let place = finding.seen_in.as_deref().unwrap_or_default();
                finding.message = format!("In the plan at {place}{took}: {}", finding.message);
                // Its nodes are not those of the run's plan.
                (finding.node, finding.line) = (None, None);
                all.findings.push(finding);
            }
        }
        all
    }

    /// Adds to `findings` what the run's own plans do not show. Where they speak of the same, theirs stands: it knows
    /// the indexes and the settings that there are.
    pub fn add_to(self, findings: &mut Vec<Finding>) {
        let before = findings.len();
        for finding in self.findings {
            if !findings.iter().any(|known| speaks_of_same(known, &finding)) {
                findings.push(finding);
            }
        }
        if findings.len() > before {
            findings.sort_by(|a, b| b.score.total_cmp(&a.score));
            fold(findings);
        }
    }

    pub fn note(&self) -> Option<String> {
        (self.unread > 0).then(|| match self.unread {
            1 => "One plan of the captured log could not be read; `planwise workload show` says why.".to_owned(),
            unread => format!("{unread} plans of the captured log could not be read; `planwise workload show` says why."),
        })
    }
}

/// One cause, or one setting, is told once.
fn speaks_of_same(known: &Finding, captured: &Finding) -> bool {
    // A plan alone does not always say the schema.
    let bare = |finding: &Finding| {
        let subject = finding.subject.as_deref()?;
        Some(subject.rsplit('.').next().unwrap_or(subject).to_owned())
    };
    let (one, other) = (bare(known), bare(captured));
    let subjects_agree = one == other || one.is_none() || other.is_none();
    let same_cause = known.rule == captured.rule && known.query == captured.query && subjects_agree;
    let setting = |finding: &Finding| {
        let settings = finding.actions.iter().filter(|action| action.kind == ActionKind::Setting);
        settings
            .filter_map(|action| action.setting.as_ref().map(|change| change.name.clone()))
            .collect::<Vec<_>>()
    };
    let moved = setting(captured);
    same_cause || setting(known).iter().any(|name| moved.contains(name))
}
