//! Trial of settings that need a restart: the throwaway server is restarted without and with each, again and again, and
//! the workload measured after every start.

use std::time::{Duration, Instant};

use crate::advise::{Advice, Outcome};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{ExplainDepth, Length, QueryRun, Run, RunOptions, Target, replay};
use crate::sandbox::Sandbox;
use crate::workload::Workload;

/// Pairs of blocks, one without and one with the setting. The order within a pair turns from pair to pair, so that what
/// drifts meets both sides.
const PAIRS: usize = 4;

/// 97.5 % quantile of Student's distribution with three degrees of freedom: one less than there are pairs.
const STUDENT: f64 = 3.182;

/// Less than that is not worth a restart, however sure it is.
const WORTHWHILE: f64 = 0.97;

/// Blocks that are shorter measure the start, not the setting.
const SHORTEST_BLOCK: Duration = Duration::from_millis(500);

/// A throwaway server and what is measured on it.
pub struct Restarts<'a> {
    pub sandbox: &'a mut Sandbox,
    pub target: &'a Target,
    pub workload: &'a Workload,
    /// For all settings together.
    pub time: Duration,
    pub interrupt: &'a Interrupt,
    pub progress: Progress,
}

/// What the workload takes with a setting, as a share of what it takes without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

impl Effect {
    /// The mean of the ratios of pairs, geometric, with its 95 % interval. `None` of other than [`PAIRS`] pairs.
    pub fn of(pairs: &[(f64, f64)]) -> Option<Effect> {
        let logs: Vec<f64> = pairs.iter().map(|(without, with)| (with / without).ln()).collect();
        if logs.len() != PAIRS || logs.iter().any(|log| !log.is_finite()) {
            return None;
        }
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let half = STUDENT * (variance / count).sqrt();
        Some(Effect { ratio: mean.exp(), low: (mean - half).exp(), high: (mean + half).exp() })
    }

    fn helps(self) -> bool {
        self.high < 1.0 && self.ratio <= WORTHWHILE
    }

    fn words(self) -> String {
        format!(
            "the workload takes {:.2} times as long with it (95 % interval {:.2} to {:.2}, {PAIRS} pairs of restarts)",
            self.ratio, self.low, self.high
        )
    }
}

/// Tries every setting of `advice` that needs a restart and was only proposed. The server runs as before afterwards.
pub async fn try_restarts(mut restarts: Restarts<'_>, advice: &mut Advice) {
    let open = |i: &usize| {
        let setting = &advice.settings[*i];
        setting.needs_restart && matches!(setting.outcome, Outcome::Proposed | Outcome::Unproven)
    };
    let waiting: Vec<usize> = (0..advice.settings.len()).filter(open).collect();
    let began = Instant::now();
    for (tried, i) in waiting.iter().enumerate() {
        let left = restarts.time.saturating_sub(began.elapsed());
        let share = left / (waiting.len() - tried) as u32;
        let setting = advice.settings[*i].clone();
        let block = share / (2 * PAIRS as u32);
        let (outcome, note) = if restarts.interrupt.is_set() {
            (setting.outcome.clone(), "not tried: interrupted".to_owned())
        } else if block < SHORTEST_BLOCK {
            (setting.outcome.clone(), "not tried: the time was over".to_owned())
        } else {
            restarts.judge(&setting.name, &setting.to, block, &setting.outcome).await
        };
        advice.settings[*i].outcome = outcome;
        advice.notes.push(format!("{} = {} (needs a restart): {note}.", setting.name, setting.to));
    }
}

impl Restarts<'_> {
    async fn judge(
        &mut self,
        name: &str,
        to: &str,
        block: Duration,
        before: &Outcome,
    ) -> (Outcome, String) {
        let base = self.sandbox.settings().to_vec();
        let with: Vec<(String, String)> = base
            .iter()
            .filter(|(other, _)| other != name)
            .cloned()
            .chain([(name.to_owned(), to.to_owned())])
            .collect();
        let measured = self.pairs(&base, &with, block).await;
        // Whatever came of it, the server goes on as it was.
        let restored = self.sandbox.restart(base).await;
        if let Err(error) = restored {
            return (before.clone(), format!("not tried: {error}"));
        }
        match measured {
            Err(reason) => {
                (Outcome::Failed { error: reason.clone() }, format!("tried and failed: {reason}"))
            }
            Ok(pairs) => match Effect::of(&pairs) {
                None => (before.clone(), "not tried to the end".to_owned()),
                Some(effect) if effect.helps() => {
                    (Outcome::Kept { ratio: effect.ratio }, format!("tried: {}", effect.words()))
                }
                Some(effect) => {
                    let reason = format!("it does not help: {}", effect.words());
                    (Outcome::Dropped { reason: reason.clone() }, format!("tried: {reason}"))
                }
            },
        }
    }

    /// Milliseconds of the workload without and with, pair by pair.
    async fn pairs(
        &mut self,
        base: &[(String, String)],
        with: &[(String, String)],
        block: Duration,
    ) -> Result<Vec<(f64, f64)>, String> {
        let bar = self.progress.bar(2 * PAIRS as u64, "trying settings that need a restart");
        let mut pairs = Vec::new();
        for pair in 0..PAIRS {
            let mut both = [0.0; 2];
            let order = if pair.is_multiple_of(2) { [0, 1] } else { [1, 0] };
            for side in order {
                if self.interrupt.is_set() {
                    bar.finish_and_clear();
                    return Ok(pairs);
                }
                let settings = if side == 0 { base } else { with };
                self.sandbox.restart(settings.to_vec()).await.map_err(|error| error.to_string())?;
                both[side] = self.block(block, pair as u64).await?;
                bar.inc(1);
            }
            pairs.push((both[0], both[1]));
        }
        bar.finish_and_clear();
        Ok(pairs)
    }

    async fn block(&self, block: Duration, seed: u64) -> Result<f64, String> {
        let options = RunOptions {
            length: Length::Duration(block),
            warmup_rounds: 1,
            explain: ExplainDepth::None,
            query_budget: block / self.workload.queries.len().max(1) as u32,
            seed,
            label: Some("restart".to_owned()),
            ..RunOptions::default()
        };
        // The server is another process since, and the socket the same.
        let run = replay(self.target, self.workload, &options, self.interrupt, Progress::hidden());
        let run = run.await.map_err(|error| error.to_string())?;
        let total = weighted(&run);
        if total > 0.0 { Ok(total) } else { Err("no query could be measured".to_owned()) }
    }
}

/// Medians by weight, of every query that has one.
fn weighted(run: &Run) -> f64 {
    let median = |query: &QueryRun| {
        query.latency.as_ref().map_or(0.0, |latency| latency.p50_ms * query.weight)
    };
    run.queries.iter().map(median).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_told_with_its_interval() {
        let faster =
            Effect::of(&[(100.0, 80.0), (104.0, 82.0), (98.0, 79.0), (101.0, 81.0)]).unwrap();
        assert!(
            faster.helps() && faster.low < faster.ratio && faster.ratio < faster.high,
            "{faster:?}"
        );
        let noise =
            Effect::of(&[(100.0, 80.0), (100.0, 120.0), (100.0, 95.0), (100.0, 104.0)]).unwrap();
        assert!(!noise.helps(), "{noise:?}");
        let trifle =
            Effect::of(&[(100.0, 99.0), (100.0, 99.1), (100.0, 98.9), (100.0, 99.0)]).unwrap();
        assert!(!trifle.helps(), "{trifle:?}");
        assert_eq!(Effect::of(&[(100.0, 80.0)]), None);
        assert_eq!(Effect::of(&[(100.0, 0.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]), None);
    }
}
