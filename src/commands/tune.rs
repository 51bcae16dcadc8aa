//! `planwise tune`: replay, judge, advise, try the advice on a copy, keep what helped.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::assess;
use super::captured_plans::CapturedPlans;
use super::tuning::Tuning;
use super::{Exit, ending, health_beside, ignores, layout, publish, setting_trials};
use crate::cli::{
    Context, HostArgs, InputError, LimitArgs, MeasureArgs, Opened, OutputArgs, TargetArgs,
    WorkloadArgs, fill_values,
};
use crate::compare::AlternateOptions;
use crate::ddl::Script;
use crate::engine::DbError;
use crate::report::{self, Document};
use crate::run::replay;
use crate::tune::{
    CopyLimit, Evidence, STATE_FILE, State, StateError, TuneOptions, cannot_apply, cannot_copy,
};
use crate::workload::Workload;

/// Try the advice on a copy of the database, and keep what measurably helps
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub workload: WorkloadArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub measure: MeasureArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub proof: ProofArgs,
    #[command(flatten)]
    pub host: HostArgs,
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
    /// Time for everything, e.g. 90, 10m, 1h: what is proven when it is over is the part that saves most
    /// [default: what run, search and copy take, and 20 passes of the workload, 5 to 10 minutes]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub time: Option<Duration>,
    /// Go on from what an earlier tuning into the same --out folder has measured
    #[arg(long)]
    pub resume: bool,
    /// Time for measuring before against after beyond what it takes to be sure
    #[arg(long, value_name = "SECONDS", default_value = "45", value_parser = crate::cli::seconds)]
    pub compare_time: Duration,
}

/// Where nobody says how long everything may take.
const USUAL_TIME: Duration = Duration::from_secs(600);

/// Part of the time that the run before the changes may take.
const FOR_RUN: u32 = 4;

impl ProofArgs {
    /// Time for measuring each of so many queries before the changes.
    fn budget_of(&self, queries: usize) -> Duration {
        self.time.unwrap_or(USUAL_TIME) / FOR_RUN / queries.max(1) as u32
    }

    pub fn options(&self) -> TuneOptions {
        let default = TuneOptions::default();
        let alternate = AlternateOptions { budget: self.compare_time, ..default.alternate.clone() };
        TuneOptions { alternate, time: self.time, ..default }
    }
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let mut workload = args.workload.read(&args.target, context).await?;
    let document = conduct(&args, &mut workload, context).await?;
    publish::publish(&document, &args.output, context)?;
    Ok(ending::of_run(&document, None, &context.interrupt))
}

/// The whole tuning of `workload`, up to what a report may show. What was measured before the
/// changes are tried is saved first.
pub async fn conduct(args: &Args, workload: &mut Workload, context: &Context) -> Result<Document> {
    let rules = args.output.rules()?;
    ignores::read(workload, args.output.config.as_ref(), &rules)?;
    let engine = args.target.engine()?;
    let script = args.proof.ddl.as_ref().map(|file| Script::read(file, engine.dialect()));
    let script = script.transpose()?;
    refuse_without_undo(&args.proof, script.as_ref())?;
    args.output.prepare()?;
    let earlier = match args.proof.resume {
        true => Some(State::read(&args.output.out.join(STATE_FILE)).map_err(wrong_state)?),
        false => None,
    };
    let mut opened = args.target.open(workload, context).await?;
    fill_values(workload, &opened.target).await?;
    let workload = &*workload;
    let began = Instant::now();
    let no_copy = preflight(args, &opened, workload, script.as_ref()).await?;

    let mut options = args.measure.options();
    options.query_budget = options.query_budget.min(args.proof.budget_of(workload.queries.len()));
    let run =
        replay(&opened.target, workload, &options, &context.interrupt, context.progress).await?;
    let captured = CapturedPlans::judge(workload, &rules, opened.target.engine);
    let asked =
        assess::Asked { limits: args.limits.limits(), redact: args.output.redact, captured };
    let mut document = assess::assess(run, &rules, &opened, asked, context).await;
    report::write(&document, &args.output.out)?;
    health_beside::add(&mut document, &opened, &args.host, context).await;
    if script.is_none() {
        health_beside::propose(&mut document);
    }
    let path = args.output.out.join(STATE_FILE);
    let known = match earlier {
        Some(state) => state.evidence_for(&document.run, &path).map_err(wrong_state)?,
        None => Evidence::default(),
    };
    let mut changed = None;
    if !document.run.interrupted {
        let tuning = Tuning {
            opened: &opened,
            bin_dir: args.target.bin_dir.clone(),
            workload,
            proof: &args.proof,
            script: script.as_ref(),
            limits: args.limits.limits(),
            out: &args.output.out,
            no_copy,
            began,
            known,
            rules: &rules,
        };
        if let Some(tuned) = tuning.run(&mut document, context).await? {
            let state = State::of(&document.run, tuned.evidence).to_json()?;
            report::write_atomically(&path, &state)?;
            changed = tuned.changed;
        }
    }
    if let (Some(changed), None) = (&changed, &script) {
        let (time, advice) = (setting_trials::time(&args.proof, began), &mut document.advice);
        setting_trials::add(&mut opened, changed, workload, time, advice, context).await;
        let mut advice = std::mem::take(&mut document.advice);
        let after = document.after.as_ref();
        layout::try_on_copy(&document, after, &mut advice, changed, context).await;
        document.advice = advice;
    }
    if script.is_none() {
        layout::add(&mut document, &opened, context).await;
    }
    setting_trials::say_untried(
        &mut document.advice,
        "there was no copy of the database to try it on",
    );
    health_beside::tell_trials(&mut document);
    Ok(document)
}

fn wrong_state(error: StateError) -> anyhow::Error {
    InputError::new(error.to_string()).into()
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
        crate::progress::say(&format!(
            "warning: no copy can be made, so no change will be tried: {error}"
        ));
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

/// Seconds, or with a unit: `90`, `90s`, `10m`, `1h`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.trim() {
        t if t.ends_with('h') => (t.trim_end_matches('h'), 3_600.0),
        t if t.ends_with('m') => (t.trim_end_matches('m'), 60.0),
        t => (t.trim_end_matches('s'), 1.0),
    };
    let wrong = || format!("{text:?} is not a time such as 90, 10m or 1h");
    let seconds: f64 = number.parse().map_err(|_| wrong())?;
    crate::cli::seconds(&(seconds * factor).to_string())
}

fn size(text: &str) -> Result<CopyLimit, String> {
    crate::cli::bytes(text).map(CopyLimit)
}
