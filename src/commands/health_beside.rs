//! The health and the settings of the server that a workload ran on, beside its report.

use std::time::Duration;

use super::assess;
use crate::advise::{Outcome, SettingAdvice};
use crate::cli::{Context, HostArgs, Opened};
use crate::engine::{Access, SessionOptions};
use crate::health::{self, Checks, HealthReport, Proposal, Sight, Since};
use crate::report::Document;
use crate::rule;
use crate::run::Run;

/// Looks at the server, judged together with what its plans and counters said of the workload. A throwaway server is
/// not looked at, and a literal that is to be hidden may stand in any statement that runs there.
pub async fn add(document: &mut Document, opened: &Opened, host: &HostArgs, context: &Context) {
    if opened.sandbox.is_some() || document.redact || context.interrupt.is_set() {
        return;
    }
    let spinner = context.progress.spinner("looking at the server");
    let looked = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err("interrupted".to_owned()),
        looked = look(&document.run, opened, host) => looked,
    };
    spinner.finish_and_clear();
    match looked {
        Ok(report) => {
            propose(document, &report);
            document.health = Some(report);
        }
        Err(reason) => {
            document.advice.notes.push(format!("The server's health was not looked at: {reason}"));
        }
    }
}

async fn look(run: &Run, opened: &Opened, host: &HostArgs) -> Result<HealthReport, String> {
    let target = &opened.target;
    let options = SessionOptions {
        access: Access::ReadOnly,
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(1),
        settings: Vec::new(),
        ..target.options.clone()
    };
    let checks = Checks::load(&[]).map_err(|problems| problems.to_string())?;
    let read = async {
        let mut session = target.engine.connect(&target.url, &options).await?;
        Sight::read(session.as_mut(), &host.told(), since(run)).await
    };
    let sight = read.await.map_err(|error| error.to_string())?;
    let facts = rule::run_facts(run, target.engine);
    health::assess(&checks, &sight, Some(&facts)).map_err(|error| error.to_string())
}

/// A replay of some length was counted; what was only estimated was not.
fn since(run: &Run) -> Since {
    const LONG_ENOUGH: Duration = Duration::from_secs(5);
    let over = Duration::try_from(run.finished.duration_since(run.started)).unwrap_or_default();
    match assess::is_executed(run) && over >= LONG_ENOUGH {
        true => Since::Counted(run.counters.clone(), over),
        false => Since::Start,
    }
}

/// A setting that the workload's own findings move stays with them: they know the queries.
fn propose(document: &mut Document, report: &HealthReport) {
    let advice = &mut document.advice;
    for proposal in report.settings.iter().filter(|proposal| is_offered(proposal)) {
        if advice.settings.iter().all(|setting| setting.name != proposal.name) {
            advice.settings.push(setting_advice(proposal));
        }
    }
}

/// What concerns one table alone, or gives up a promise, stands on the page of health and in settings.sql.
fn is_offered(proposal: &Proposal) -> bool {
    use crate::engine::SettingScope::{Database, Server};
    !proposal.needs_consent
        && matches!(proposal.scope, Server | Database)
        && !proposal.statements.is_empty()
        && proposal.severity > rule::Severity::Info
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
        in_force: false,
        outcome: Outcome::Proposed,
    }
}
