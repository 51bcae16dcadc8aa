//! `planwise advise`: what to change, without changing the database.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::assert::workload_for;
use super::captured_plans::CapturedPlans;
use super::{Exit, assess, ending, health_beside, ignores, layout, publish};
use crate::advise::{Shortfall, ShortfallKind};
use crate::cli::{
    Context, HostArgs, InputError, LimitArgs, Opened, OutputArgs, TargetArgs, WorkloadArgs,
    fill_values, read_snapshot, replica, snapshot_notes,
};
use crate::engine::{DbError, IndexGrammar};
use crate::plan::Plan;
use crate::report::Document;
use crate::rule::RuleSet;
use crate::run::{Length, Run, RunOptions, Target, estimate, replay};
use crate::workload::Workload;

/// Rounds of `--measure`: enough for a median, no benchmark.
const ROUNDS: u32 = 3;

/// Propose indexes, settings and statistics for a workload, without changing the database
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub workload: WorkloadArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Plan by a snapshot of production on a throwaway server that has no rows, as `planwise snapshot` writes it
    #[arg(long, value_name = "FILE", group = "throwaway", conflicts_with_all = ["load", "scale", "measure", "from_db"], help_heading = "Database")]
    pub snapshot: Option<PathBuf>,
    /// Execute the queries too and judge what was measured; without it only plans are estimated
    #[arg(long)]
    pub measure: bool,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub host: HostArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit with status 1 when there is advice of this kind: missing-index
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// An index that the workload lacks
    MissingIndex,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let rules = args.output.rules()?;
    if let Some(file) = &args.snapshot {
        return by_snapshot(&args, file, &rules, context).await;
    }
    let mut workload = args.workload.read(&args.target, context).await?;
    ignores::read(&mut workload, args.output.config.as_ref(), &rules)?;
    args.output.prepare()?;
    let opened = args.target.open(&workload, context).await?;
    fill_values(&mut workload, &opened.target).await?;

    let run = observe(args.measure, &opened.target, &workload, context).await?;
    let captured = CapturedPlans::judge(&workload, &rules, opened.target.engine);
    let asked =
        assess::Asked { limits: args.limits.limits(), redact: args.output.redact, captured };
    let mut document = assess::assess(run, &rules, &opened, asked, context).await;
    document.advice.shortfalls.extend(not_looked_for(&opened));
    health_beside::add(&mut document, &opened, &args.host, context).await;
    health_beside::propose(&mut document);
    layout::add(&mut document, &opened, context).await;
    publish::publish(&document, &args.output, context)?;
    Ok(exit(&document, args.fail_on, context))
}

/// The same on a replica: planners are asked there, and how much is used is what the source counted.
async fn by_snapshot(args: &Args, file: &Path, rules: &RuleSet, context: &Context) -> Result<Exit> {
    let mut snapshot = read_snapshot(file)?;
    let named = args.workload.workload.as_deref();
    let named = named.ok_or_else(|| InputError::new("--snapshot needs a workload"))?;
    let mut workload = workload_for(named, &mut snapshot, context)?;
    ignores::read(&mut workload, args.output.config.as_ref(), rules)?;
    args.output.prepare()?;
    let replica = replica(&snapshot, args.target.bin_dir.as_deref(), context).await?;
    let notes = snapshot_notes(&snapshot, &[], &replica, &workload);
    let url = replica.sandbox.owner_url(replica.sandbox.database());
    let target = Target { engine: replica.engine, url, options: args.target.session_options() };
    let mut run = estimate(&target, &workload, &context.interrupt, context.progress).await?;
    let states = snapshot.states()?;
    let doubted = leave_out(&mut run, |plan| states.doubt(plan).is_some());
    let here = std::mem::replace(&mut run.catalog, snapshot.state.catalog.clone());
    run.catalog.operators = here.operators;
    run.catalog.available_extensions = here.available_extensions;
    let (database, version) = (&snapshot.state.database.name, &snapshot.state.version);
    run.notes.push(format!(
        "Planned by a snapshot of {database} (version {version}), taken {}, on a server without rows.",
        snapshot.taken.strftime("%Y-%m-%d %H:%M")
    ));
    run.notes.extend(notes.into_iter().map(|note| sentence(&note)));
    if !doubted.is_empty() {
        run.notes.push(format!(
            "Left out, because a server without rows says nothing of them: the plans of {}.",
            doubted.join(", ")
        ));
    }
    let captured = CapturedPlans::judge(&workload, rules, replica.engine);
    let asked =
        assess::Asked { limits: args.limits.limits(), redact: args.output.redact, captured };
    let opened = Opened { target, sandbox: None, replica: Some((replica, snapshot)) };
    let document = assess::assess(run, rules, &opened, asked, context).await;
    publish::publish(&document, &args.output, context)?;
    Ok(exit(&document, args.fail_on, context))
}

/// Queries that lose a plan by it.
fn leave_out(run: &mut Run, is_doubted: impl Fn(&Plan) -> bool) -> Vec<String> {
    let mut doubted = Vec::new();
    for query in &mut run.queries {
        let before = query.plans.len();
        query.plans.retain(|record| !is_doubted(&record.plan));
        if query.plans.len() < before {
            doubted.push(query.id.clone());
        }
    }
    doubted
}

fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Advice on indexes is what this verb is for: where there is none, "nothing found" would be no answer.
fn not_looked_for(opened: &Opened) -> Option<Shortfall> {
    let engine = opened.target.engine;
    let shown = |grammar: &dyn IndexGrammar| grammar.hypothetical(grammar.ordered_method());
    let message = match engine.index_grammar() {
        None => format!(
            "advice on indexes is not available for {} yet; `planwise run` judges the plans",
            engine.name()
        ),
        Some(grammar) if opened.sandbox.is_none() && !shown(grammar) => format!(
            "{} cannot be shown indexes that do not exist; `planwise tune` seeks them on a copy of the database, and \
             --sandbox with --load on one that you bring",
            engine.name()
        ),
        Some(_) => return None,
    };
    let (kind, statements) = (ShortfallKind::NotLookedFor, Vec::new());
    Some(Shortfall { kind, message, statements, database_failed: false })
}

async fn observe(
    measure: bool,
    target: &Target,
    workload: &Workload,
    context: &Context,
) -> Result<Run, DbError> {
    let (interrupt, progress) = (&context.interrupt, context.progress);
    if !measure {
        return estimate(target, workload, interrupt, progress).await;
    }
    let options = RunOptions { length: Length::Rounds(ROUNDS), ..RunOptions::default() };
    replay(target, workload, &options, interrupt, progress).await
}

fn exit(document: &Document, fail_on: Option<FailOn>, context: &Context) -> Exit {
    let missing = !document.advice.indexes.is_empty();
    match ending::of_run(document, None, &context.interrupt) {
        Exit::Fine if missing && fail_on == Some(FailOn::MissingIndex) => Exit::Found,
        exit => exit,
    }
}
