//! `planwise advise`: what to change, without changing the database.

use std::path::PathBuf;

use anyhow::Result;

use super::{Context, Exit, assess, publish};
use crate::advise::{self, Advice, Built, Hypotheses, Thresholds};
use crate::cli::{Opened, OutputArgs, TargetArgs};
use crate::engine::{Access, DbError, Engine, SessionOptions};
use crate::report::Document;
use crate::rule::RuleSet;
use crate::run::{Length, Run, RunOptions, Target, estimate, replay};
use crate::workload::{self, Workload};

/// Rounds of `--measure`: enough for a median, no benchmark.
const ROUNDS: u32 = 3;

/// Propose indexes, settings and statistics for a workload, without changing the database
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .sql file, or a folder with workload.toml
    pub workload: PathBuf,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Execute the queries too and judge what was measured; without it only plans are estimated
    #[arg(long)]
    pub measure: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit with status 1 when there is advice of this kind
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Output")]
    pub fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// An index that the workload lacks
    MissingIndex,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let rules = RuleSet::load(&args.output.rules)?;
    let engine = args.target.engine()?;
    let workload = workload::read(&args.workload, engine.dialect())?;
    args.output.prepare()?;
    let opened = args.target.open(context).await?;
    opened.fill(&args.target, &workload, context).await?;

    let run = observe(&args, &opened.target, &workload, context).await?;
    let mut document = assess::document(run, &rules, engine, args.output.redact);
    let advice = advice(&document, &opened, engine, context).await?;
    accept(&mut document, advice);
    publish::publish(&document, &args.output, context)?;
    Ok(ending(&document, args.fail_on, context))
}

async fn observe(
    args: &Args,
    target: &Target,
    workload: &Workload,
    context: &Context,
) -> Result<Run, DbError> {
    let (interrupt, progress) = (&context.interrupt, context.progress);
    if !args.measure {
        return estimate(target, workload, interrupt, progress).await;
    }
    let options = RunOptions { length: Length::Rounds(ROUNDS), ..RunOptions::default() };
    replay(target, workload, &options, interrupt, progress).await
}

/// On a sandbox indexes may be built to be priced; elsewhere the planner is only shown them.
pub async fn advice(
    document: &Document,
    opened: &Opened,
    engine: &dyn Engine,
    context: &Context,
) -> Result<Advice, DbError> {
    let request = advise::Request {
        run: &document.run,
        findings: &document.findings,
        engine,
        thresholds: Thresholds::default(),
        interrupt: context.interrupt.clone(),
    };
    let Some(grammar) = engine.index_grammar() else {
        return Ok(advise::advise(&request, None).await);
    };
    let spinner = context.progress.spinner("asking the planner about indexes");
    let access = if opened.sandbox.is_some() { Access::Commit } else { Access::ReadOnly };
    let options = SessionOptions { access, ..opened.target.options.clone() };
    let mut session = engine.connect(&opened.target.url, &options).await?;
    let advice = if opened.sandbox.is_some() {
        let mut built = Built::open(session.as_mut(), grammar).await?;
        advise::advise(&request, Some(&mut built)).await
    } else {
        match Hypotheses::open(session.as_mut(), grammar).await {
            Ok(mut shown) => advise::advise(&request, Some(&mut shown)).await,
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                let mut advice = advise::advise(&request, None).await;
                advice.notes.push(error.to_string());
                advice
            }
        }
    };
    spinner.finish_and_clear();
    Ok(advice)
}

/// Puts the advice beside the findings that it answers.
pub fn accept(document: &mut Document, advice: Advice) {
    let mut notes = std::mem::take(&mut document.advice.notes);
    document.advice = advice;
    notes.append(&mut document.advice.notes);
    document.advice.notes = notes;
    advise::attach(&mut document.findings, &document.advice);
}

fn ending(document: &Document, fail_on: Option<FailOn>, context: &Context) -> Exit {
    if context.interrupt.is_set() {
        return Exit::Interrupted;
    }
    match fail_on {
        Some(FailOn::MissingIndex) if !document.advice.indexes.is_empty() => Exit::Found,
        _ => Exit::Fine,
    }
}
