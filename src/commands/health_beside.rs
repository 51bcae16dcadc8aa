//! The health and the settings of the server that a workload ran on, beside its report.

use std::time::Duration;

use super::assess;
use crate::advise::{Advice, Outcome, SettingAdvice, SettingTrial};
use crate::cli::{Context, HostArgs, Opened};
use crate::engine::{Access, SessionOptions, SettingScope};
use crate::health::{
    self, Checks, HealthReport, NOT_SHOWN_BY_REPLAY, NotTaken, Proposal, Sight, Since,
};
use crate::report::Document;
use crate::rule;
use crate::run::Run;

/// Looks at the server, judged together with what its plans and counters said of the workload.
pub async fn add(document: &mut Document, opened: &Opened, host: &HostArgs, context: &Context) {
    if context.interrupt.is_set() {
        return;
    }
    let spinner = context.progress.spinner("looking at the server");
    let looked = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err("interrupted".to_owned()),
        looked = look(document, opened, host) => looked,
    };
    spinner.finish_and_clear();
    match looked {
        Ok(mut report) => {
            yield_to(&document.advice, &mut report);
            document.health = Some(report);
        }
        Err(reason) => {
            document.advice.notes.push(format!("The server's health was not looked at: {reason}"));
        }
    }
}

async fn look(
    document: &Document,
    opened: &Opened,
    host: &HostArgs,
) -> Result<HealthReport, String> {
    let (target, run) = (&opened.target, &document.run);
    let options = SessionOptions {
        access: Access::ReadOnly,
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(1),
        settings: Vec::new(),
        ..target.options.clone()
    };
    let checks = Checks::load(&[]).map_err(|problems| problems.to_string())?;
    let throwaway = opened.sandbox.is_some();
    let read = async {
        let mut session = target.engine.connect(&target.url, &options).await?;
        Sight::read(session.as_mut(), &host.told(), since(run, throwaway)).await
    };
    let mut sight = read.await.map_err(|error| error.to_string())?;
    sight.throwaway = throwaway;
    if document.redact {
        sight.hide_statements();
    }
    let facts = rule::run_facts(run, target.engine);
    health::assess(&checks, &sight, Some(&facts)).map_err(|error| error.to_string())
}

/// A replay of some length was counted; what was only estimated was not. The past of a throwaway server is its loading.
fn since(run: &Run, throwaway: bool) -> Since {
    const LONG_ENOUGH: Duration = Duration::from_secs(5);
    let over = Duration::try_from(run.finished.duration_since(run.started)).unwrap_or_default();
    match assess::is_executed(run) && (throwaway || over >= LONG_ENOUGH) {
        true => Since::Counted(run.counters.clone(), over),
        false => Since::Start,
    }
}

/// One setting is moved once: what the workload's own findings move stays with them, who know the queries.
fn yield_to(advice: &Advice, report: &mut HealthReport) {
    let moved = |proposal: &Proposal| {
        let server = matches!(proposal.scope, SettingScope::Server | SettingScope::Database);
        advice.settings.iter().find(|setting| server && setting.name == proposal.name)
    };
    let (left, kept) =
        std::mem::take(&mut report.settings).into_iter().partition(|one| moved(one).is_some());
    report.settings = kept;
    let left: Vec<Proposal> = left;
    report.not_taken.extend(left.into_iter().map(|proposal| {
        let other = moved(&proposal);
        let to = other.map(|setting| setting.to.clone()).unwrap_or_default();
        let rule = other.map(|setting| setting.rule.clone()).unwrap_or_default();
        let Proposal { check, name, to: asked, .. } = proposal;
        let because =
            format!("{rule} moves it to {to}, by what this workload needs: see the changes");
        NotTaken { check, name, to: asked, because }
    }));
}

/// The other settings of the page of health as advice.
pub fn propose(document: &mut Document) {
    let Some(report) = &document.health else { return };
    let advice = &mut document.advice;
    let offered = report.settings.iter().filter(|proposal| is_offered(proposal, report));
    advice.settings.extend(offered.map(setting_advice));
}

/// What concerns one table alone, or gives up a promise, stands on the page of health and in settings.sql.
fn is_offered(proposal: &Proposal, report: &HealthReport) -> bool {
    !proposal.needs_consent
        && matches!(proposal.scope, SettingScope::Server | SettingScope::Database)
        && !proposal.statements.is_empty()
        && proposal.severity > rule::Severity::Info
        && (proposal.replayed || !report.throwaway)
}

fn setting_advice(proposal: &Proposal) -> SettingAdvice {
    SettingAdvice {
        name: proposal.name.clone(),
        from: proposal.from.clone(),
        to: proposal.to.clone(),
        statement: proposal.statements.join(" "),
        undo: proposal.undo.join(" "),
        needs_restart: proposal.needs_restart,
        rule: proposal.check.clone(),
        why: format!("{}. {} Risk: {}", proposal.evidence, proposal.reason, proposal.risk),
        outcome: Outcome::Proposed,
        untried_because: (!proposal.replayed).then(|| NOT_SHOWN_BY_REPLAY.to_owned()),
        restart_shows: proposal.replayed,
        ..SettingAdvice::default()
    }
}

/// Tells the page of health what became of its settings, and of those that it left to the workload.
pub fn tell_trials(document: &mut Document) {
    let Some(report) = &mut document.health else { return };
    let measured = document.advice.settings.iter().filter_map(|setting| match &setting.trial {
        Some(trial @ SettingTrial::Measured(_)) => Some((setting, trial)),
        _ => None,
    });
    for (setting, trial) in measured {
        let left = report
            .not_taken
            .iter_mut()
            .filter(|left| left.name == setting.name && left.because.starts_with(&setting.rule));
        left.for_each(|left| left.because.push_str(&format!("; {}", trial.words())));
    }
    for proposal in &mut report.settings {
        let same = |setting: &&SettingAdvice| setting.name == proposal.name;
        let Some(setting) = document.advice.settings.iter().find(same) else { continue };
        let at = match setting.to == proposal.to {
            true => String::new(),
            false => format!(" (at {})", setting.to),
        };
        match (&setting.trial, &setting.outcome) {
            (Some(trial @ SettingTrial::Measured(_)), _) => {
                proposal.trial = format!("{}{at}", trial.words());
            }
            (_, Outcome::Kept { ratio }) => {
                proposal.trial =
                    format!("tried{at} and kept: its best query takes {ratio:.2} times as long");
            }
            (_, Outcome::Dropped { reason }) => {
                proposal.trial = format!("tried{at} and taken back: {reason}");
            }
            (Some(trial), _) => proposal.trial = trial.words(),
            (None, _) => {}
        }
    }
}
