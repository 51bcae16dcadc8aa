//! Each proposed setting tried on its own, on the server that is ours: blocks of the workload without and with it in
//! turn, on sessions where a session can have it, and after a restart where not.

use std::time::{Duration, Instant};

use super::setting_effect::{Block, BlockPair, PAIRS, effect};
use crate::advise::{Advice, Outcome, SettingAdvice, SettingTrial};
use crate::engine::DbErrorKind;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{ExplainDepth, Length, Run, RunOptions, Target, replay};
use crate::sandbox::Sandbox;
use crate::workload::Workload;

/// What stopping a server cleanly, starting it and reading its catalog takes, at least.
const RESTART: Duration = Duration::from_millis(400);

/// Rounds in a block beside the first executions, at most.
const MOST_ROUNDS: u32 = 30;

/// A throwaway server, and what is measured on it.
pub struct SettingTrials<'a> {
    pub sandbox: &'a mut Sandbox,
    /// Where sessions are given settings: with everything in place that was kept.
    pub changed: &'a Target,
    /// A database of the server that is restarted.
    pub restarted: &'a Target,
    pub workload: &'a Workload,
    /// For all settings together.
    pub time: Duration,
    pub interrupt: &'a Interrupt,
    pub progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Session,
    Restart,
}

/// Tries every setting of `advice` that was not found to do harm. The server runs as before afterwards.
pub async fn try_settings(mut trials: SettingTrials<'_>, advice: &mut Advice) {
    let mut waiting: Vec<usize> = (0..advice.settings.len()).collect();
    waiting.retain(|i| is_open(&mut advice.settings[*i]));
    // What nothing else has measured goes first.
    waiting.sort_by_key(|i| {
        let setting = &advice.settings[*i];
        (!setting.needs_restart, matches!(setting.outcome, Outcome::Dropped { .. }))
    });
    let began = Instant::now();
    let mut pass = None;
    for (tried, i) in waiting.iter().enumerate() {
        let left = trials.time.saturating_sub(began.elapsed());
        let waiting = (waiting.len() - tried) as u32;
        let setting = advice.settings[*i].clone();
        let trial = trials.trial(&setting, left, waiting, &mut pass).await;
        settle(&mut advice.settings[*i], trial);
    }
}

/// One of which a replay says nothing, or that failed, is told so.
fn is_open(setting: &mut SettingAdvice) -> bool {
    let because = match (&setting.untried_because, &setting.outcome) {
        (Some(because), _) => because.clone(),
        (None, Outcome::Failed { error }) => format!("it could not be made: {error}"),
        (None, _) => return true,
    };
    setting.trial = Some(SettingTrial::NotTried { because });
    false
}

/// What the tuning as a whole has decided stands; what it left open is decided here.
fn settle(setting: &mut SettingAdvice, trial: SettingTrial) {
    if let (SettingTrial::Measured(effect), Outcome::Proposed | Outcome::Unproven) =
        (&trial, &setting.outcome)
    {
        let words = effect.words();
        setting.in_force = false;
        setting.outcome = match effect {
            effect if effect.helps() => Outcome::Kept { ratio: effect.ratio },
            effect if effect.low > 1.0 => {
                Outcome::Dropped { reason: format!("it makes the workload slower: {words}") }
            }
            // Too little was seen: what spoke for it still does.
            effect if effect.is_open() => setting.outcome.clone(),
            _ => Outcome::Dropped { reason: format!("it does not help: {words}") },
        };
    }
    setting.trial = Some(trial);
}

impl SettingTrials<'_> {
    async fn trial(
        &mut self,
        setting: &SettingAdvice,
        left: Duration,
        waiting: u32,
        pass: &mut Option<Duration>,
    ) -> SettingTrial {
        if self.interrupt.is_set() {
            return not_tried("interrupted");
        }
        let way = match self.way(setting).await {
            Ok(way) => way,
            Err(because) => return not_tried(because),
        };
        let pass = match *pass {
            Some(pass) => pass,
            None => match self.pass().await {
                Ok(measured) => *pass.insert(measured),
                Err(because) => return not_tried(because),
            },
        };
        let blocks = 2 * PAIRS as u32;
        let start = if way == Way::Restart { RESTART } else { Duration::ZERO };
        let least = (pass * 2 + start) * blocks;
        if least > left {
            return not_tried(format!(
                "{blocks} blocks of the workload take {:.0} s at least, and {:.0} s of --compare-time were left",
                least.as_secs_f64().ceil(),
                left.as_secs_f64()
            ));
        }
        let each = (left / waiting / blocks).saturating_sub(start);
        let rounds = each.as_secs_f64() / pass.as_secs_f64().max(1e-6) - 1.0;
        let rounds = (rounds as u32).clamp(1, MOST_ROUNDS);
        self.measure(setting, way, rounds).await
    }

    /// A session is asked first: what it can have needs no restart.
    async fn way(&self, setting: &SettingAdvice) -> Result<Way, String> {
        if setting.needs_restart {
            return Ok(Way::Restart);
        }
        match with(self.changed, setting).connect().await {
            Ok(_) => Ok(Way::Session),
            // Only what a replay is known to show is worth a restart.
            Err(_) if setting.restart_shows => Ok(Way::Restart),
            Err(error) if error.kind == DbErrorKind::Unreachable => Err(error.to_string()),
            Err(_) => Err("it is the whole server's, and no session may have its own".to_owned()),
        }
    }

    /// What one execution of everything takes.
    async fn pass(&self) -> Result<Duration, String> {
        let run = self.replay(self.changed, 1, 0).await?;
        let each = run.queries.iter().filter_map(|query| Some(query.latency.as_ref()?.p50_ms));
        match each.sum::<f64>() {
            ms if ms > 0.0 => Ok(Duration::from_secs_f64(ms / 1e3)),
            _ => Err("no query could be measured on the copy".to_owned()),
        }
    }

    async fn measure(&mut self, setting: &SettingAdvice, way: Way, rounds: u32) -> SettingTrial {
        let base = self.sandbox.settings().to_vec();
        let measured = self.pairs(setting, way, rounds, &base).await;
        // Whatever came of it, the server goes on as it was.
        if way == Way::Restart
            && let Err(error) = self.sandbox.restart(base).await
        {
            return not_tried(format!("the server did not come back as it was: {error}"));
        }
        match measured {
            Err(reason) => not_tried(format!("it failed: {reason}")),
            Ok(pairs) if pairs.len() < PAIRS => not_tried("interrupted"),
            Ok(pairs) => effect(&pairs, way == Way::Restart)
                .map_or_else(|| not_tried("no query ran in every block"), SettingTrial::Measured),
        }
    }

    /// Fewer than asked for where it was interrupted.
    async fn pairs(
        &mut self,
        setting: &SettingAdvice,
        way: Way,
        rounds: u32,
        base: &[(String, String)],
    ) -> Result<Vec<BlockPair>, String> {
        let bar = self.progress.bar(2 * PAIRS as u64, format!("trying {}", setting.name).as_str());
        let mut pairs = Vec::new();
        for pair in 0..PAIRS {
            let mut both = [Block::default(), Block::default()];
            let order = if pair.is_multiple_of(2) { [0, 1] } else { [1, 0] };
            for side in order {
                let block = self.block(setting, way, side == 1, base, (rounds, pair)).await;
                bar.inc(1);
                match block {
                    Ok(block) if !self.interrupt.is_set() => both[side] = block,
                    Ok(_) => {
                        bar.finish_and_clear();
                        return Ok(pairs);
                    }
                    Err(reason) => {
                        bar.finish_and_clear();
                        return Err(reason);
                    }
                }
            }
            pairs.push(both.into());
        }
        bar.finish_and_clear();
        Ok(pairs)
    }

    async fn block(
        &mut self,
        setting: &SettingAdvice,
        way: Way,
        is_set: bool,
        base: &[(String, String)],
        (rounds, pair): (u32, usize),
    ) -> Result<Block, String> {
        let target = match (way, is_set) {
            (Way::Session, true) => with(self.changed, setting),
            (Way::Session, false) => self.changed.clone(),
            (Way::Restart, _) => {
                let mut settings = base.to_vec();
                if is_set {
                    settings.retain(|(name, _)| *name != setting.name);
                    settings.push((setting.name.clone(), setting.to.clone()));
                }
                self.sandbox.restart(settings).await.map_err(|error| error.to_string())?;
                self.restarted.clone()
            }
        };
        Ok(Block::of(&self.replay(&target, rounds, pair as u64).await?))
    }

    /// First executions, which warm up, and `rounds` that are measured.
    async fn replay(&self, target: &Target, rounds: u32, seed: u64) -> Result<Run, String> {
        let options = RunOptions {
            length: Length::Rounds(rounds),
            warmup_rounds: 0,
            explain: ExplainDepth::None,
            seed,
            label: Some("setting".to_owned()),
            ..RunOptions::default()
        };
        let run = replay(target, self.workload, &options, self.interrupt, Progress::hidden());
        let run = run.await.map_err(|error| error.to_string())?;
        match &run.lost {
            Some(error) => Err(error.to_string()),
            None => Ok(run),
        }
    }
}

/// The same sessions with the setting, which goes before what they were given.
fn with(target: &Target, setting: &SettingAdvice) -> Target {
    let mut target = target.clone();
    target.options.settings.retain(|(name, _)| *name != setting.name);
    target.options.settings.push((setting.name.clone(), setting.to.clone()));
    target
}

fn not_tried(because: impl Into<String>) -> SettingTrial {
    SettingTrial::NotTried { because: because.into() }
}
