//! `planwise tune`: replay, judge, advise, try the advice on a copy, keep what helped.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::assess;
use super::tuning::Tuning;
use super::{Context, Exit, InputError, ending, publish};
use crate::cli::{LimitArgs, MeasureArgs, Opened, OutputArgs, TargetArgs};
use crate::compare::AlternateOptions;
use crate::ddl::Script;
use crate::engine::DbError;
use crate::report::{self, Document};
use crate::rule::RuleSet;
use crate::run::replay;
use crate::tune::{CopyLimit, TuneOptions, cannot_apply, cannot_copy};
use crate::workload::{self, Workload};

/// Try the advice on a copy of the database, and keep what measurably helps
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .sql file, or a folder with workload.toml
    pub workload: PathBuf,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub measure: MeasureArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub proof: ProofArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What is changed, where, and how the effect is measured.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Changes")]
pub struct ProofArgs {
    /// Make the changes on the database itself: concurrently, one at a time, undone on failure and on Ctrl-C
    #[arg(long, conflicts_with = "sandbox")]
    pub apply: bool,
    /// Measure the statements of this file instead of our own advice
    #[arg(long, value_name = "FILE")]
    pub ddl: Option<PathBuf>,
    /// Largest database that is copied into a throwaway server, e.g. 500MB, 10GB
    #[arg(long, value_name = "SIZE", default_value = "10GB", value_parser = size)]
    pub copy_limit: CopyLimit,
    /// Time for measuring before against after
    #[arg(long, value_name = "SECONDS", default_value = "45", value_parser = crate::cli::seconds)]
    pub compare_time: Duration,
}

impl ProofArgs {
    pub fn options(&self) -> TuneOptions {
        let default = TuneOptions::default();
        let alternate = AlternateOptions { budget: self.compare_time, ..default.alternate };
        TuneOptions { alternate }
    }
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let workload = workload::read(&args.workload, args.target.engine()?.dialect())?;
    let document = conduct(&args, &workload, context).await?;
    publish::publish(&document, &args.output, context)?;
    Ok(ending::of_run(&document, None, &context.interrupt))
}

/// The whole tuning of `workload`, up to what a report may show. What was measured before the
/// changes are tried is saved first.
pub async fn conduct(args: &Args, workload: &Workload, context: &Context) -> Result<Document> {
    let rules = RuleSet::load(&args.output.rules)?;
    let engine = args.target.engine()?;
    let script = args.proof.ddl.as_ref().map(|file| Script::read(file, engine.dialect()));
    let script = script.transpose()?;
    refuse_without_undo(&args.proof, script.as_ref())?;
    args.output.prepare()?;
    let opened = args.target.open(workload, context).await?;
    let no_copy = preflight(args, &opened, workload, script.as_ref()).await?;

    let options = args.measure.options();
    let run =
        replay(&opened.target, workload, &options, &context.interrupt, context.progress).await?;
    let asked = assess::Asked { limits: args.limits.limits(), redact: args.output.redact };
    let mut document = assess::assess(run, &rules, &opened, asked, context).await;
    report::write(&document, &args.output.out)?;
    if !document.run.interrupted {
        let tuning = Tuning {
            opened: &opened,
            bin_dir: args.target.bin_dir.clone(),
            workload,
            proof: &args.proof,
            script: script.as_ref(),
            limits: args.limits.limits(),
            no_copy,
        };
        tuning.run(&mut document, context).await?;
    }
    Ok(document)
}

/// Missing rights are known before anything is measured. Without a copy the rest is still worth measuring: `Some` is
/// why there will be none.
async fn preflight(
    args: &Args,
    opened: &Opened,
    workload: &Workload,
    script: Option<&Script>,
) -> Result<Option<DbError>> {
    if args.proof.apply {
        let refused = cannot_apply(&opened.target, workload, script).await?;
        return refused.map_or(Ok(None), |error| Err(error.into()));
    }
    if opened.sandbox.is_some() {
        return Ok(None);
    }
    let refused = cannot_copy(&opened.target, args.proof.copy_limit).await?;
    if let Some(error) = &refused {
        report::say(&format!("warning: no copy can be made, so no change will be tried: {error}"));
    }
    Ok(refused)
}

fn refuse_without_undo(proof: &ProofArgs, script: Option<&Script>) -> Result<()> {
    match script.and_then(Script::first_without_undo) {
        Some(statement) if proof.apply => {
            let message = format!(
                "--apply can take back indexes only, and line {} of the --ddl file creates none: \
                 measure it on a copy, without --apply",
                statement.line
            );
            Err(InputError::new(message).into())
        }
        _ => Ok(()),
    }
}

fn size(text: &str) -> Result<CopyLimit, String> {
    crate::cli::bytes(text).map(CopyLimit)
}
