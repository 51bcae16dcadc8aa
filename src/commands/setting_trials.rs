//! Settings tried one by one on the server that is ours.

use std::time::{Duration, Instant};

use super::tune::ProofArgs;
use crate::advise::{Advice, SettingTrial};
use crate::cli::{Context, Opened};
use crate::run::Target;
use crate::tune::{SettingTrials, try_settings};
use crate::workload::Workload;

/// Tries those of `advice` on a throwaway server. `changed`: the database there with everything in place that was kept.
pub async fn add(
    opened: &mut Opened,
    changed: &Target,
    workload: &Workload,
    time: Duration,
    advice: &mut Advice,
    context: &Context,
) {
    let Some(sandbox) = &mut opened.sandbox else { return };
    // A copy on a server of its own is not the one that is restarted.
    let apart = sandbox.copies_apart();
    let restarted = if apart { opened.target.clone() } else { changed.clone() };
    let (interrupt, progress) = (&context.interrupt, context.progress);
    let trials = SettingTrials {
        sandbox,
        changed,
        restarted: &restarted,
        workload,
        time,
        interrupt,
        progress,
    };
    try_settings(trials, advice).await;
    let restarted = advice.settings.iter().any(|setting| {
        matches!(&setting.trial, Some(SettingTrial::Measured(effect)) if effect.restarted)
    });
    if apart && restarted {
        advice.notes.push(
            "Settings that needed a restart were tried without the new indexes: the copy that has them is another server."
                .to_owned(),
        );
    }
}

/// Time that is left for it: a part of the whole, where somebody said how long everything may take.
pub fn time(proof: &ProofArgs, began: Instant) -> Duration {
    let left = proof.time.map(|time| time.saturating_sub(began.elapsed()));
    left.map_or(proof.compare_time, |left| left.min(proof.compare_time))
}

/// Settings that nobody tried are told so.
pub fn say_untried(advice: &mut Advice, because: &str) {
    for setting in advice.settings.iter_mut().filter(|setting| setting.trial.is_none()) {
        let because = setting.untried_because.clone().unwrap_or_else(|| because.to_owned());
        setting.trial = Some(SettingTrial::NotTried { because });
    }
}
