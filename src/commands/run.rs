//! `planwise run`: replay, measure, explain, judge, report.

use std::path::PathBuf;

use anyhow::Result;

use super::{Context, Exit, assess, ending, ignores, publish};
use crate::cli::{MeasureArgs, OutputArgs, TargetArgs};
use crate::rule::{RuleSet, Severity};
use crate::run::replay;
use crate::workload;

/// Replay a workload, measure it, explain and judge its plans
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .sql file, or a folder with workload.toml
    pub workload: PathBuf,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub measure: MeasureArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit with status 1 when there is a finding of this severity or above: info, low, medium, high
    #[arg(
        long,
        value_name = "SEVERITY",
        value_enum,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub fail_on: Option<Severity>,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let rules = RuleSet::load(&args.output.rules)?;
    let engine = args.target.engine()?;
    let workload =
        context.interrupt.may_cut_off(|| workload::read(&args.workload, engine.dialect()))?;
    ignores::refuse_unknown(&workload, &rules)?;
    args.output.prepare()?;
    let opened = args.target.open(&workload, context).await?;

    let options = args.measure.options();
    let run =
        replay(&opened.target, &workload, &options, &context.interrupt, context.progress).await?;
    let asked = assess::Asked { redact: args.output.redact, ..assess::Asked::default() };
    let document = assess::assess(run, &rules, &opened, asked, context).await;
    publish::publish(&document, &args.output, context)?;
    Ok(ending::of_run(&document, args.fail_on, &context.interrupt))
}
