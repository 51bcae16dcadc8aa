//! From a run to everything a report may show of it: measurements, findings, advice.

use std::collections::BTreeSet;
use std::time::Duration;

use indexmap::IndexMap;

use super::captured_plans::CapturedPlans;
use super::{credit, ignores};
use crate::advise::{
    self, Advice, Built, CostFeedback, Hypotheses, Limits, Request, StoodIn, Thresholds, WhatIf,
};
use crate::cli::{Context, Opened};
use crate::engine::{Access, DbError, IndexGrammar, Session, SessionOptions};
use crate::interrupt::Interrupt;
use crate::plan::{Measurements, measure};
use crate::report::Document;
use crate::rule::{self, CannotJudge, Finding, RuleSet};
use crate::run::{Run, Target};
use crate::snapshot::{Replica, Snapshot};

/// What the user asked of advice and reports.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub limits: Limits,
    pub redact: bool,
    /// Plans that the captured log held.
    pub captured: CapturedPlans,
}

/// Measures, judges and advises. Nothing on a target is changed: indexes are shown to one session's
/// planner; only in a sandbox are those kinds built that cannot be shown.
pub async fn assess(
    run: Run,
    rules: &RuleSet,
    opened: &Opened,
    asked: Asked,
    context: &Context,
) -> Document {
    let measurements = measurements(&run);
    let mut judgement = rule::judge(&run, &measurements, rules, opened.target.engine);
    let mut findings = judgement.findings;
    credit::keep_within_clock(&mut findings, &credit::clocked(&run));
    let mut advice = match run.interrupted {
        true => Advice::default(),
        false => {
            let planners = Planners::of(opened);
            let known = CostFeedback::default();
            advise(&run, &findings, planners, asked.limits, known, context).await
        }
    };
    advice.notes.extend(asked.captured.note());
    asked.captured.add_to(&mut findings);
    rule::silence(&mut findings, &mut judgement.ignored, &run);
    advise::attach(&mut findings, &advice);
    advice.notes.extend(unjudged(&judgement.cannot_judge));
    advice.notes.extend(ignores::sentences(&judgement.ignored));
    Document {
        run,
        findings,
        advice,
        comparison: None,
        after: None,
        measurements,
        health: None,
        measurements_after: IndexMap::new(),
        redact: asked.redact,
    }
}

/// Derived quantities of the first plan of each query, by query id.
pub fn measurements(run: &Run) -> IndexMap<String, Measurements> {
    let planned = run.queries.iter().filter_map(|query| Some((query, query.plans.first()?)));
    planned.map(|(query, record)| (query.id.clone(), measure(&record.plan))).collect()
}

/// Where planners are asked.
#[derive(Clone, Copy)]
pub struct Planners<'a> {
    pub target: &'a Target,
    /// A throwaway server may be built in; a target is only asked.
    pub throwaway: bool,
    /// On a server without rows indexes are stood in for.
    pub replica: Option<&'a (Replica, Snapshot)>,
}

impl<'a> Planners<'a> {
    pub fn of(opened: &'a Opened) -> Self {
        Planners {
            target: &opened.target,
            throwaway: opened.sandbox.is_some(),
            replica: opened.replica.as_ref(),
        }
    }
}

/// Looks for advice on a run that is there already, under other limits and with what was seen since.
pub async fn advise(
    run: &Run,
    findings: &[Finding],
    planners: Planners<'_>,
    limits: Limits,
    cost_feedback: CostFeedback,
    context: &Context,
) -> Advice {
    let spinner = context.progress.spinner("looking for better indexes");
    let started = std::time::Instant::now();
    let request = Request {
        run,
        findings,
        engine: planners.target.engine,
        thresholds: Thresholds::default(),
        limits,
        cost_feedback,
        interrupt: context.interrupt.clone(),
    };
    let search = async {
        match session(planners).await {
            Ok(mut session) => with_planner(&request, session.as_mut(), planners).await,
            Err(error) => without_planner(&request, &error).await,
        }
    };
    let advice = tokio::select! {
        biased;
        advice = search => advice,
        () = too_late(&context.interrupt) => interrupted(),
    };
    spinner.finish_and_clear();
    let (indexes, seconds) = (advice.indexes.len(), started.elapsed().as_secs_f64());
    tracing::info!(indexes, seconds, "searched for indexes");
    advice
}

/// The search notices an interrupt between two questions to the planner, and keeps what it has. A
/// planner that does not answer at all is not waited for.
const LAST_ANSWER: Duration = Duration::from_secs(5);

async fn too_late(interrupt: &Interrupt) {
    interrupt.wait().await;
    tokio::time::sleep(LAST_ANSWER).await;
}

fn interrupted() -> Advice {
    let note = "Interrupted while the planner was asked about new indexes: it did not answer.";
    Advice { notes: vec![note.to_owned()], ..Advice::default() }
}

/// The limit that holds for queries would cut off the building of an index to try.
const LONGEST_BUILD: Duration = Duration::from_secs(600);

async fn session(planners: Planners<'_>) -> Result<Box<dyn Session>, DbError> {
    let target = planners.target;
    let options = match planners.throwaway {
        true => SessionOptions {
            access: Access::Commit,
            statement_timeout: target.options.statement_timeout.max(LONGEST_BUILD),
            ..target.options.clone()
        },
        false => reading(target),
    };
    target.engine.connect(&target.url, &options).await
}

fn reading(target: &Target) -> SessionOptions {
    SessionOptions { access: Access::ReadOnly, ..target.options.clone() }
}

/// More sessions than this are no quicker for one client.
const MOST_PLANNERS: usize = 8;

/// Sessions for the other cores. Fewer, or none, will do: a server may allow no more.
async fn helpers(target: &Target) -> Vec<Box<dyn Session>> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut sessions = Vec::new();
    for _ in 1..cores.min(MOST_PLANNERS) {
        match target.engine.connect(&target.url, &reading(target)).await {
            Ok(session) => sessions.push(session),
            Err(_) => break,
        }
    }
    sessions
}

async fn with_planner(
    request: &Request<'_>,
    session: &mut dyn Session,
    planners: Planners<'_>,
) -> Advice {
    let Some(grammar) = request.engine.index_grammar() else {
        return advise::advise(request, None).await;
    };
    let (mut lead, shared) = match open(session, grammar, planners).await {
        Ok(backend) => backend,
        Err(error) => return without_planner(request, &error).await,
    };
    let mut helpers = if shared { helpers(planners.target).await } else { Vec::new() };
    let mut others = Vec::new();
    for session in &mut helpers {
        // A planner that cannot be shown hypothetical indexes is no help.
        others.extend(Hypotheses::open(session.as_mut(), grammar).await.ok());
    }
    let others = others.iter_mut().map(|other| other as &mut dyn WhatIf).collect();
    advise::advise_with(request, Some(lead.as_mut()), others).await
}

/// Who answers, and whether others can be asked at the same time: what one of them builds all of them see.
async fn open<'s>(
    session: &'s mut dyn Session,
    grammar: &'s dyn IndexGrammar,
    planners: Planners<'s>,
) -> Result<(Box<dyn WhatIf + 's>, bool), DbError> {
    if let Some((replica, snapshot)) = planners.replica
        && let Some(stand_ins) = replica.stand_ins(&snapshot.state).await?
    {
        let lead = StoodIn::open(session, grammar, stand_ins).await;
        let shared = lead.can_be_shared();
        return Ok((Box::new(lead), shared));
    }
    match planners.throwaway {
        true => Ok((Box::new(Built::open(session, grammar).await?), true)),
        false => Ok((Box::new(Hypotheses::open(session, grammar).await?), true)),
    }
}

async fn without_planner(request: &Request<'_>, error: &DbError) -> Advice {
    let mut advice = advise::advise(request, None).await;
    advice.notes.push(format!("The planner could not be asked about new indexes: {error}"));
    advice
}

/// One sentence for each reason, not one for each rule and query.
fn unjudged(cannot: &[CannotJudge]) -> Vec<String> {
    let mut by_reason: IndexMap<&str, BTreeSet<&str>> = IndexMap::new();
    for entry in cannot {
        by_reason.entry(&entry.reason).or_default().insert(&entry.rule);
    }
    let sentence = |(reason, rules): (&str, BTreeSet<&str>)| match rules.len() {
        1..=3 => {
            let rules: Vec<&str> = rules.into_iter().collect();
            format!("{} could not judge every plan: {reason}", rules.join(", "))
        }
        count => format!("{count} rules could not judge every plan: {reason}"),
    };
    by_reason.into_iter().map(sentence).collect()
}

/// Whether queries of the run were executed, not only planned.
pub fn is_executed(run: &Run) -> bool {
    run.queries.iter().any(|query| query.latency.is_some())
}
