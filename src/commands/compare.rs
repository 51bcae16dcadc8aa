//! `planwise compare`: two run records, or a workload measured on two sides in turn.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::{Exit, assess, publish};
use crate::advise::Advice;
use crate::cli::{
    Context, InputError, MachineOutputs, OutputArgs, SideArgs, Sides, TargetArgs, WorkloadArgs,
    fill_values,
};
use crate::compare::{
    AlternateOptions, Comparison, Criteria, FailOn, Pair, alternate, gate, parity, records,
};
use crate::report::{Document, Verdicts, redacted};
use crate::run::{self, Run, RunOptions, Target, replay};
use crate::workload::{self, Workload};

/// Say what got slower, faster or different: between two runs, or between two sides measured in turn
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Two run records (run.json, or the folder it is in), or one workload
    #[arg(value_name = "RUN_A RUN_B | WORKLOAD", num_args = 1..=2, required_unless_present = "from_db")]
    pub inputs: Vec<PathBuf>,
    /// In place of a workload: the N queries [default: 100] that took most time, as side A's server remembers them
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "100", conflicts_with = "inputs")]
    pub from_db: Option<usize>,
    #[command(flatten)]
    pub sides: SideArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub judging: JudgingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub machines: MachineOutputs,
}

/// How long to measure, and what it takes to call a difference one.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Measuring and judging")]
pub struct JudgingArgs {
    /// Blocks of every query; more where it takes more to convince
    #[arg(long, value_name = "N", default_value = "16", allow_negative_numbers = true, value_parser = crate::cli::whole(6..=1_000))]
    pub blocks: u32,
    /// Time for measuring: a block of every query holds as many executions as fit; up to three times as long where others use the machine
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = crate::cli::seconds)]
    pub time: Duration,
    /// Order of the queries within a block
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// Compare the rows that both sides return, too
    #[arg(long)]
    pub parity: bool,
    /// A difference counts when its whole interval lies beyond so many per cent
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = crate::cli::percent)]
    pub tolerance: f64,
    /// … when it is this many milliseconds an execution at least
    #[arg(long, value_name = "MS", default_value = "0.1", value_parser = crate::cli::milliseconds)]
    pub least_ms: f64,
    /// … and when it is this much of the workload's time at least
    #[arg(long, value_name = "PERCENT", default_value = "1", value_parser = crate::cli::percent)]
    pub least_share: f64,
    /// Exit with status 1 (4 when nothing can be told) on: regression (slower, failing, other results), inconclusive
    /// (and what is notable and could not be told), any (and everything else that changed)
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub fail_on: Option<FailOn>,
}

impl JudgingArgs {
    pub fn criteria(&self) -> Criteria {
        Criteria {
            tolerance: self.tolerance,
            least_ms: self.least_ms,
            least_share: self.least_share,
            ..Criteria::default()
        }
    }

    pub fn options(&self) -> AlternateOptions {
        AlternateOptions {
            blocks: self.blocks,
            budget: self.time,
            seed: self.seed,
            criteria: self.criteria(),
            every_query: true,
            early: false,
        }
    }
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    match args.inputs.as_slice() {
        [before, after] => of_records(before, after, &args, context),
        [workload] => in_turn(Some(workload), &args, context).await,
        [] if args.from_db.is_some() => in_turn(None, &args, context).await,
        _ => Err(InputError::new("give two run records, or one workload").into()),
    }
}

fn of_records(before: &Path, after: &Path, args: &Args, context: &Context) -> Result<Exit> {
    refuse_sides(args)?;
    let files = [record_file(before), record_file(after)];
    refuse_to_overwrite(&files, &args.output)?;
    let (before, after) = context.interrupt.may_cut_off(|| read_both(&files))?;
    refuse_different_workloads(&before, &after)?;
    args.output.prepare()?;
    let comparison = records(&before, &after, &args.judging.criteria());
    conclude(before, after, comparison, false, args, context)
}

async fn in_turn(workload: Option<&Path>, args: &Args, context: &Context) -> Result<Exit> {
    if workload.is_some_and(looks_like_a_record) {
        let message = "one run record alone cannot be compared: give two, or a workload";
        return Err(InputError::new(message).into());
    }
    let kind = args.sides.kind(&args.target)?;
    let engine = engine_of(args)?;
    let mut workload = match workload {
        Some(file) => context.interrupt.may_cut_off(|| workload::read(file, engine.dialect()))?,
        None => {
            let from_db = WorkloadArgs { workload: None, from_db: args.from_db };
            from_db.read(&target_of(args), context).await?
        }
    };
    args.output.prepare()?;
    let sides = args.sides.open(kind, &args.target, &workload, context).await?;
    fill_values(&mut workload, &sides.before).await?;
    let options = RunOptions::plans_only(&sides.labels.before);
    let before = plans(&sides.before, &workload, &options, context).await?;
    let options = RunOptions::plans_beside(&sides.labels.after, &before);
    let after = plans(&sides.after, &workload, &options, context).await?;
    let comparison = measured(&sides, (&before, &after), &workload, args, context).await?;
    conclude(before, after, comparison, true, args, context)
}

/// With `--db-a` nothing else says which engine's statements the workload holds.
fn engine_of(args: &Args) -> Result<&'static dyn crate::engine::Engine> {
    target_of(args).engine()
}

/// Side A's database, where there are two.
fn target_of(args: &Args) -> TargetArgs {
    match &args.sides.db_a {
        Some(url) => TargetArgs { db: Some(url.clone()), ..args.target.clone() },
        None => args.target.clone(),
    }
}

async fn plans(
    target: &Target,
    workload: &Workload,
    options: &RunOptions,
    context: &Context,
) -> Result<Run> {
    Ok(replay(target, workload, options, &context.interrupt, context.progress).await?)
}

async fn measured(
    sides: &Sides,
    (before, after): (&Run, &Run),
    workload: &Workload,
    args: &Args,
    context: &Context,
) -> Result<Comparison> {
    let pair = Pair { before: (&sides.before, before), after: (&sides.after, after) };
    let (interrupt, progress) = (&context.interrupt, context.progress);
    let options = args.judging.options();
    let mut comparison = alternate(pair, workload, &options, interrupt, progress).await?;
    comparison.labels = sides.labels.clone();
    if args.judging.parity && comparison.lost.is_none() {
        let lost = parity(pair, workload, &mut comparison, interrupt, progress).await.err();
        comparison.lose(lost);
    }
    Ok(comparison)
}

/// Writes, prints, and decides how the command ends.
fn conclude(
    before: Run,
    after: Run,
    comparison: Comparison,
    runs_too: bool,
    args: &Args,
    context: &Context,
) -> Result<Exit> {
    let lost = before.lost.is_some() || after.lost.is_some() || comparison.lost.is_some();
    let document = Document {
        measurements: assess::measurements(&before),
        health: None,
        measurements_after: assess::measurements(&after),
        run: before,
        after: Some(after),
        findings: Vec::new(),
        advice: Advice::default(),
        comparison: Some(comparison),
        redact: args.output.redact,
    };
    publish::publish_comparison(&document, runs_too, &args.output, context)?;
    let clean = redacted(&document);
    let Some(comparison) = &clean.comparison else { return Ok(Exit::Fine) };
    let gate = gate(comparison, args.judging.fail_on.unwrap_or(FailOn::Regression));
    publish::publish_verdicts(Verdicts::of(&clean, &gate), &args.machines)?;
    if context.interrupt.is_set() {
        return Ok(Exit::Interrupted);
    }
    let exit = args.judging.fail_on.map_or(Exit::Fine, |_| publish::announce(&gate));
    Ok(if lost && runs_too { Exit::Database } else { exit })
}

fn refuse_sides(args: &Args) -> Result<()> {
    if args.sides.is_empty() && args.target.sandbox.is_none() && !args.judging.parity {
        return Ok(());
    }
    let message = "two run records are compared as they are: options that name databases, \
                   settings or schemas, and --parity, are for a workload that is measured now";
    Err(InputError::new(message).into())
}

fn record_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("run.json") } else { path.to_owned() }
}

fn looks_like_a_record(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".json") || name.ends_with(".json.gz") || path.join("run.json").is_file()
}

/// The default folder may hold one of the records, with the report of its own run.
fn refuse_to_overwrite(files: &[PathBuf; 2], output: &OutputArgs) -> Result<()> {
    let folder = |path: &Path| path.canonicalize().ok();
    let out = folder(&output.out);
    let held = |file: &&PathBuf| file.parent().and_then(folder) == out && out.is_some();
    match files.iter().find(held) {
        Some(file) => {
            let (file, out) = (file.display(), output.out.display());
            let message = format!(
                "--out {out} holds {file} and the report of that run, which would be \
                 overwritten: name another folder with --out"
            );
            Err(InputError::new(message).into())
        }
        None => Ok(()),
    }
}

/// Large records take their time: both at once.
fn read_both(files: &[PathBuf; 2]) -> Result<(Run, Run)> {
    let [before, after] = files;
    let (before, after) = rayon::join(|| run::read_record(before), || run::read_record(after));
    Ok((before?, after?))
}

/// Queries are paired by name; without one common query and text nothing can be said.
fn refuse_different_workloads(before: &Run, after: &Run) -> Result<()> {
    let ids: std::collections::HashSet<&str> =
        before.queries.iter().map(|query| query.id.as_str()).collect();
    if after.queries.iter().any(|query| ids.contains(query.id.as_str())) {
        return Ok(());
    }
    let message = format!(
        "the runs are of different workloads, {} and {}: they have no query in common",
        before.workload.name, after.workload.name
    );
    Err(InputError::new(message).into())
}
