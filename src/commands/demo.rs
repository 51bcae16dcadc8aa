//! `planwise demo`: tune the sample workload on a throwaway server: the two-minute tour.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;

use super::migration_demo::{self, Tour, TourOptions};
use super::{Exit, ending, publish, tune};
use crate::cli::{Context, InputError, OutputArgs};
use crate::engine;
use crate::report::terminal::Format;
use crate::sample::{self, Score};
use crate::sandbox::Directory;
use crate::workload::{self, Workload};

/// Tune the sample workload on a throwaway server: the two-minute tour
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which server to start
    #[arg(long, value_name = "ENGINE")]
    pub sandbox: Option<String>,
    /// Show a migration in place of the tuning tour: migration-a, migration-b, migration-c
    #[arg(value_name = "TOUR", value_enum, conflicts_with = "sandbox")]
    pub tour: Option<Tour>,
    /// Dumps for the migration's source, in place of a small shop
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "tour")]
    pub load: Vec<PathBuf>,
    /// How much sample data: 1 is about a million rentals
    #[arg(long, value_name = "FACTOR", default_value = "0.25")]
    pub scale: f64,
    /// Folder of the server programs; the newest installed ones by default
    #[arg(long = "pg-bin", alias = "server-bin", value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Everything else as a user of `tune` would say it.
#[derive(Debug, Parser)]
struct Defaults {
    #[command(flatten)]
    tune: tune::Args,
}

/// Few rounds: the comparison afterwards measures again, and thoroughly.
const TOUR: [&str; 6] =
    ["--rounds=4", "--query-budget=1.5", "--warmup=1", "--compare-time=40", "--seed=1", "--"];

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    if let Some(tour) = args.tour {
        let options = TourOptions {
            load: &args.load,
            bin_dir: args.bin_dir.clone(),
            out: args.output.prepare()?,
            format: args.output.format,
        };
        return migration_demo::run(tour, &options, context).await;
    }
    let folder = Directory::for_demo().context("no temporary folder")?;
    let engine = engine_of(&args)?;
    sample::unpack(folder.path(), engine).context("the sample workload could not be unpacked")?;
    let tune = arguments(&args, engine, folder.path().into());
    let mut workload = workload::read(folder.path(), tune.target.engine()?.dialect())?;
    // The folder is gone when the report is read.
    workload.source = PathBuf::from("planwise demo");
    for query in &mut workload.queries {
        query.file = query.file.file_name().map(PathBuf::from).unwrap_or_default();
    }

    let document = tune::conduct(&tune, &mut workload, context).await?;
    publish::publish(&document, &args.output, context)?;
    if args.output.format == Format::Text && !context.interrupt.is_set() {
        say(&sample::score(&workload, &document.findings, &document.advice), &workload)?;
    }
    Ok(ending::of_run(&document, None, &context.interrupt))
}

/// The first one where none is named.
fn engine_of(args: &Args) -> Result<&'static str> {
    let Some(name) = &args.sandbox else {
        return Ok(engine::all().first().map_or("", |engine| engine.name()));
    };
    let unknown = || {
        let known = engine::names();
        InputError::new(format!("--sandbox={name}: no such engine; planwise knows {known}"))
    };
    Ok(engine::by_name(name).ok_or_else(unknown)?.name())
}

fn arguments(args: &Args, engine: &str, workload: PathBuf) -> tune::Args {
    let sandbox = format!("--sandbox={engine}");
    let words = ["planwise", &sandbox].into_iter().chain(TOUR).map(PathBuf::from);
    let mut tune = Defaults::parse_from(words.chain([workload])).tune;
    tune.target.db = None;
    tune.target.scale = Some(args.scale);
    tune.target.bin_dir = args.bin_dir.clone();
    tune.output = args.output.clone();
    tune
}

/// Prints missed faults and false alarms, then the score line that scripts parse.
fn say(score: &Score, workload: &Workload) -> Result<()> {
    let mut out = stdout().lock();
    let missed = workload.faults.iter().filter(|fault| score.missed.contains(&fault.id));
    for fault in missed {
        writeln!(out, "missed: {} ({})", fault.id, fault.what)?;
    }
    for alarm in &score.false_alarms {
        writeln!(out, "false alarm: {alarm}")?;
    }
    writeln!(out, "{score}")?;
    out.flush()?;
    Ok(())
}
