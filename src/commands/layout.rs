//! Advice on the layout of data, beside the advice on indexes and settings.

use std::time::{Duration, Instant};

use crate::advise::{Advice, Attempt, LayoutAdvice, LayoutTrial, answers, by_time};
use crate::cli::{Context, Opened};
use crate::engine::{Access, DbError, Session, SessionOptions};
use crate::report::Document;
use crate::run::{QueryRun, Run, Target};

/// Executions of each side; the first warms up.
const TIMES: usize = 4;

/// Adds what the runs of `document` carry; the planner is asked for estimates, and nothing is executed.
pub async fn add(document: &mut Document, opened: &Opened, context: &Context) {
    if context.interrupt.is_set() {
        return;
    }
    let (run, engine) = (&document.run, opened.target.engine);
    let (advice, findings) = (&document.advice, &document.findings);
    let mut layout = answers(run, document.after.as_ref(), findings, advice, engine);
    let cut = tokio::select! {
        biased;
        () = context.interrupt.wait() => return,
        cut = cut_by_time(document, &opened.target) => cut,
    };
    match cut {
        Ok(cut) => layout.extend(cut),
        Err(error) => {
            let note = format!("Tables that grow with time could not be looked at: {error}");
            document.advice.notes.push(note);
        }
    }
    // What a tuning has tried already keeps its figures.
    let tried = std::mem::take(&mut document.advice.layout);
    for found in &mut layout {
        let same = |old: &&LayoutAdvice| (old.kind, &old.subject) == (found.kind, &found.subject);
        found.trial = tried.iter().find(same).and_then(|old| old.trial.clone());
        if found.trial.is_none() && found.attempt.is_some() {
            let because = "it is tried where `planwise tune` has a copy of the database".to_owned();
            found.trial = Some(LayoutTrial::NotTried { because });
        }
    }
    document.advice.layout = layout;
}

async fn cut_by_time(document: &Document, target: &Target) -> Result<Vec<LayoutAdvice>, DbError> {
    let options = SessionOptions { access: Access::ReadOnly, ..target.options.clone() };
    let mut session = target.engine.connect(&target.url, &options).await?;
    let (run, advice) = (&document.run, &document.advice);
    by_time(run, advice, target.engine, session.as_mut(), None).await
}

/// The same, each change that statements can make tried on `changed`, a copy that is ours. `after`: the run with what was
/// kept of other changes.
pub async fn try_on_copy(
    document: &Document,
    after: Option<&Run>,
    advice: &mut Advice,
    changed: &Target,
    context: &Context,
) {
    let (run, findings, engine) = (&document.run, &document.findings, changed.engine);
    let mut layout = answers(run, after, findings, advice, engine);
    // What cannot be asked of the copy is asked of the original later, and not tried.
    if let Ok(mut session) = changed.connect().await {
        let cut = by_time(run, advice, engine, session.as_mut(), None).await;
        layout.extend(cut.unwrap_or_default());
    }
    for change in &mut layout {
        let Some(attempt) = &change.attempt else { continue };
        let queries = change.queries.iter().filter_map(|used| run.query(&used.query));
        let queries: Vec<&QueryRun> = queries.collect();
        change.trial = Some(match context.interrupt.is_set() {
            true => LayoutTrial::NotTried { because: "interrupted".to_owned() },
            false => tried(changed, attempt, &queries)
                .await
                .unwrap_or_else(|error| LayoutTrial::Failed { error: error.to_string() }),
        });
    }
    advice.layout = layout;
}

async fn tried(
    target: &Target,
    attempt: &Attempt,
    queries: &[&QueryRun],
) -> Result<LayoutTrial, DbError> {
    // Statements of the workload are admitted, or refused, as in a replay before anything of them is made.
    let before_ms = asked(target, queries).await?;
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        ..target.options.clone()
    };
    let mut session = target.engine.connect(&target.url, &options).await?;
    let started = Instant::now();
    let made = all(session.as_mut(), &attempt.make).await;
    let build_ms = started.elapsed().as_secs_f64() * 1e3;
    let after = match (&made, &attempt.read) {
        (Err(_), _) => Ok(0.0),
        (Ok(()), Some(read)) => median(session.as_mut(), read, &[]).await,
        (Ok(()), None) => asked(target, queries).await,
    };
    if made.is_ok() {
        all(session.as_mut(), &attempt.undo).await?;
    }
    // What is half made stays on a copy that is gone in a moment.
    made?;
    Ok(LayoutTrial::Measured { before_ms, after_ms: after?, build_ms })
}

async fn all(session: &mut dyn Session, statements: &[String]) -> Result<(), DbError> {
    for statement in statements {
        session.command(statement).await?;
    }
    Ok(())
}

/// Milliseconds of one execution of each together.
async fn asked(target: &Target, queries: &[&QueryRun]) -> Result<f64, DbError> {
    let mut session = target.connect().await?;
    let mut sum = 0.0;
    for query in queries {
        let params = query.params.first().cloned().unwrap_or_default();
        sum += median(session.as_mut(), &query.sql, &params).await?;
    }
    Ok(sum)
}

async fn median(
    session: &mut dyn Session,
    sql: &str,
    params: &[Option<String>],
) -> Result<f64, DbError> {
    let id = session.prepare(sql).await?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        session.execute(id, params).await?;
        times.push(started.elapsed());
    }
    times.remove(0);
    times.sort();
    Ok(times.get(times.len() / 2).copied().unwrap_or(Duration::ZERO).as_secs_f64() * 1e3)
}
