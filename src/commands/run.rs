//! `planwise run`: replay, measure, explain, judge, report.

use anyhow::Result;

use super::captured_plans::CapturedPlans;
use super::{Exit, assess, ending, health_beside, ignores, layout, publish, replay};
use crate::cli::{
    AsCapturedArgs, Context, HostArgs, MeasureArgs, OutputArgs, RunAs, TargetArgs, WorkloadArgs,
    fill_values,
};
use crate::rule::Severity;
use crate::run;

/// Replay a workload, measure it, explain and judge its plans
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub workload: WorkloadArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub measure: MeasureArgs,
    #[command(flatten)]
    pub as_captured: AsCapturedArgs,
    #[command(flatten)]
    pub host: HostArgs,
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
    if args.as_captured.run_as == RunAs::Captured {
        return replay::as_captured(&args, context).await;
    }
    let rules = args.output.rules()?;
    let mut workload = args.workload.read(&args.target, context).await?;
    ignores::read(&mut workload, args.output.config.as_ref(), &rules)?;
    args.output.prepare()?;
    let opened = args.target.open(&workload, context).await?;
    fill_values(&mut workload, &opened.target).await?;

    let options = args.measure.options();
    let run =
        run::replay(&opened.target, &workload, &options, &context.interrupt, context.progress)
            .await?;
    let captured = CapturedPlans::judge(&workload, &rules, opened.target.engine);
    let asked = assess::Asked { redact: args.output.redact, captured, ..assess::Asked::default() };
    let mut document = assess::assess(run, &rules, &opened, asked, context).await;
    health_beside::add(&mut document, &opened, &args.host, context).await;
    layout::add(&mut document, &opened, context).await;
    publish::publish(&document, &args.output, context)?;
    Ok(ending::of_run(&document, args.fail_on, &context.interrupt))
}
