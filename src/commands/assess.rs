//! From a run to everything a report may show of it: measurements, findings, advice.

use std::time::Duration;

use indexmap::IndexMap;

use super::Context;
use crate::advise::{self, Advice, Built, Hypotheses, Request, Thresholds, WhatIf};
use crate::cli::Opened;
use crate::engine::{Access, DbError, IndexGrammar, Session, SessionOptions};
use crate::plan::{Measurements, measure};
use crate::report::Document;
use crate::rule::{self, CannotJudge, Finding, RuleSet};
use crate::run::Run;

/// Measures, judges and advises. Nothing on a target is changed: indexes are shown to one session's
/// planner; only in a sandbox are those kinds built that cannot be shown.
pub async fn assess(
    run: Run,
    rules: &RuleSet,
    opened: &Opened,
    redact: bool,
    context: &Context,
) -> Document {
    let measurements = measurements(&run);
    let judgement = rule::judge(&run, &measurements, rules, opened.target.engine);
    let mut findings = judgement.findings;
    let mut advice = match run.interrupted {
        true => Advice::default(),
        false => advise(&run, &findings, opened, context).await,
    };
    advise::attach(&mut findings, &advice);
    advice.notes.extend(unjudged(&judgement.cannot_judge));
    Document {
        run,
        findings,
        advice,
        comparison: None,
        after: None,
        measurements,
        measurements_after: IndexMap::new(),
        redact,
    }
}

/// Derived quantities of the first plan of each query, by query id.
pub fn measurements(run: &Run) -> IndexMap<String, Measurements> {
    let planned = run.queries.iter().filter_map(|query| Some((query, query.plans.first()?)));
    planned.map(|(query, record)| (query.id.clone(), measure(&record.plan))).collect()
}

async fn advise(run: &Run, findings: &[Finding], opened: &Opened, context: &Context) -> Advice {
    let spinner = context.progress.spinner("looking for better indexes");
    let request = Request {
        run,
        findings,
        engine: opened.target.engine,
        thresholds: Thresholds::default(),
        interrupt: context.interrupt.clone(),
    };
    let advice = match session(opened).await {
        Ok(mut session) => with_planner(&request, session.as_mut(), opened.sandbox.is_some()).await,
        Err(error) => without_planner(&request, &error).await,
    };
    spinner.finish_and_clear();
    advice
}

/// The limit that holds for queries would cut off the building of an index to try.
const LONGEST_BUILD: Duration = Duration::from_secs(600);

/// A sandbox may be built in; a target is only asked.
async fn session(opened: &Opened) -> Result<Box<dyn Session>, DbError> {
    let options = match opened.sandbox {
        Some(_) => SessionOptions {
            access: Access::Commit,
            statement_timeout: opened.target.options.statement_timeout.max(LONGEST_BUILD),
            ..opened.target.options.clone()
        },
        None => SessionOptions { access: Access::ReadOnly, ..opened.target.options.clone() },
    };
    opened.target.engine.connect(&opened.target.url, &options).await
}

async fn with_planner(request: &Request<'_>, session: &mut dyn Session, throwaway: bool) -> Advice {
    let Some(grammar) = request.engine.index_grammar() else {
        return advise::advise(request, None).await;
    };
    let mut backend: Box<dyn WhatIf + '_> = match open(session, grammar, throwaway).await {
        Ok(backend) => backend,
        Err(error) => return without_planner(request, &error).await,
    };
    advise::advise(request, Some(backend.as_mut())).await
}

async fn open<'s>(
    session: &'s mut dyn Session,
    grammar: &'s dyn IndexGrammar,
    throwaway: bool,
) -> Result<Box<dyn WhatIf + 's>, DbError> {
    match throwaway {
        true => Ok(Box::new(Built::open(session, grammar).await?)),
        false => Ok(Box::new(Hypotheses::open(session, grammar).await?)),
    }
}

async fn without_planner(request: &Request<'_>, error: &DbError) -> Advice {
    let mut advice = advise::advise(request, None).await;
    advice.notes.push(format!("The planner could not be asked about new indexes: {error}"));
    advice
}

/// One sentence for each reason, not one for each rule and query.
fn unjudged(cannot: &[CannotJudge]) -> Vec<String> {
    let mut by_reason: IndexMap<&str, usize> = IndexMap::new();
    for entry in cannot {
        *by_reason.entry(&entry.reason).or_default() += 1;
    }
    let sentence = |(reason, count): (&str, usize)| match count {
        1 => format!("One rule could not judge: {reason}"),
        count => format!("{count} rules could not judge: {reason}"),
    };
    by_reason.into_iter().map(sentence).collect()
}
