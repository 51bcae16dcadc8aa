//! A remedy carried out on a copy, and the queries that it is for measured without and with it, in turn.

use std::time::Duration;

use anyhow::{Context as _, Result};
use planwise::compare::{AlternateOptions, Comparison, Pair, alternate};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, RunOptions, Target, replay};
use planwise::stats::Interval;
use planwise::workload::Workload;

use super::corpora::Corpus;
use super::remedy::Remedy;

/// For one remedy; a slow query takes the fewest blocks that tell a difference, however long.
const BUDGET: Duration = Duration::from_secs(4);

/// Time with the remedy / without, and its interval.
pub type Measured = (Option<f64>, Option<Interval>);

/// `nth` tells the copies of one corpus apart.
pub async fn tried(
    corpus: &Corpus,
    run: &Run,
    queries: &[String],
    remedy: &Remedy,
    nth: usize,
) -> Result<Measured> {
    let workload = only(&corpus.workload, queries);
    let (after, copy) = with(corpus, remedy, nth).await?;
    let measured = measured(corpus, run, &workload, &after).await;
    if let Some(copy) = copy {
        remove(corpus, &copy).await?;
    }
    ratio(&measured?, queries)
}

fn only(workload: &Workload, queries: &[String]) -> Workload {
    let mut own = workload.clone();
    own.queries.retain(|query| queries.contains(&query.id));
    own.sessions.clear();
    own
}

/// Where the remedy is in place, and the copy that was made for it.
async fn with(corpus: &Corpus, remedy: &Remedy, nth: usize) -> Result<(Target, Option<String>)> {
    let mut after = corpus.target.clone();
    let statements = match remedy {
        Remedy::Setting { name, value } => {
            after.options.settings.push((name.clone(), value.clone()));
            return Ok((after, None));
        }
        Remedy::Statements(statements) => statements,
    };
    let suffix = format!("trial{nth}");
    corpus.sandbox.duplicate(&suffix).await?;
    let copy = format!("{}_{suffix}", corpus.sandbox.database());
    after.url = corpus.sandbox.url(&copy);
    let mut session = corpus.sandbox.engine().connect(&after.url, &unlimited()).await?;
    for statement in statements {
        session.command(statement).await.with_context(|| statement.clone())?;
    }
    Ok((after, Some(copy)))
}

fn unlimited() -> SessionOptions {
    SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        ..SessionOptions::default()
    }
}

async fn remove(corpus: &Corpus, copy: &str) -> Result<()> {
    let mut session = corpus.sandbox.connect(&unlimited()).await?;
    session.command(&format!("DROP DATABASE \"{copy}\" WITH (FORCE)")).await?;
    Ok(())
}

async fn measured(
    corpus: &Corpus,
    run: &Run,
    workload: &Workload,
    after: &Target,
) -> Result<Comparison> {
    let (interrupt, progress) = (Interrupt::new(), Progress::hidden());
    let options = RunOptions::plans_beside("with the remedy", run);
    let run_after = replay(after, workload, &options, &interrupt, progress).await?;
    let pair = Pair { before: (&corpus.target, run), after: (after, &run_after) };
    // Memory and visibility change no plan's shape: every query is measured, whatever its plan.
    let options =
        AlternateOptions { budget: BUDGET, every_query: true, ..AlternateOptions::default() };
    Ok(alternate(pair, workload, &options, &interrupt, progress).await?.whole()?)
}

/// Of the one query, or of all of them together.
fn ratio(comparison: &Comparison, queries: &[String]) -> Result<Measured> {
    let known = |id: &String| comparison.query(id).filter(|query| query.blocks > 0);
    anyhow::ensure!(queries.iter().any(|id| known(id).is_some()), "nothing could be measured");
    Ok(match queries {
        [one] => known(one).map_or((None, None), |query| (query.ratio, query.ratio_interval)),
        _ => (comparison.workload_ratio, comparison.workload_ratio_interval),
    })
}
