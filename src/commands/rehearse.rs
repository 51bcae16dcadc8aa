//! `planwise rehearse`: a move tried with the real tools, on a throwaway target, and timed.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::migration_side::{Shown, migration_of, reader_options, side};
use super::{Exit, sandbox::chosen};
use crate::cli::{Context, InputError, PageArgs};
use crate::engine::migration::{ReaderOptions, Route};
use crate::engine::{Engine, SessionOptions};
use crate::migrate::parity::Side;
use crate::migrate::rehearsal::{Rehearsal, rehearse};
use crate::report::migration::rehearsal_page;
use crate::sandbox::{Sandbox, SandboxOptions};

/// Try a move with the real tools on a throwaway target, time its phases, and extrapolate
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the data comes from, as a URL; it is only read, unless --replicate-to says otherwise
    #[arg(long, value_name = "URL", aliases = ["from", "db"])]
    source: String,
    /// How: dump (the engine's own dump and restore), loader (into another engine); replication is driven with
    /// --replicate-to and checked for what it needs without, online-change is only checked
    #[arg(long, value_name = "ROUTE", value_enum, default_value = "dump")]
    route: RouteOf,
    /// With --route replication: drive it for real. Creates a publication and a slot on the source, and on the database
    /// behind this URL, which has to be empty, the schema and a subscription; all but the schema and its rows is taken
    /// away afterwards
    #[arg(long, value_name = "URL")]
    replicate_to: Option<String>,
    /// Engine of the throwaway target [default: the source's; for a loader the first engine]
    #[arg(long, value_name = "ENGINE")]
    target_engine: Option<String>,
    /// Folder of the target's server programs: another version
    #[arg(long = "pg-bin", alias = "server-bin", value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// Folder of the tools, when they are not on the PATH or a newer version is wanted
    #[arg(long, value_name = "DIR")]
    tools: Option<PathBuf>,
    /// Numbers of jobs to try, with commas between them
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,2", value_parser = crate::cli::whole(1..=64))]
    jobs: Vec<u32>,
    /// Runs of each number of jobs; three or more give an interval
    #[arg(long, value_name = "N", default_value = "3", value_parser = crate::cli::whole(1..=50))]
    runs: u32,
    /// Size of what is to be moved for good, where the source here is a smaller copy: 500GB
    #[arg(long, value_name = "SIZE", value_parser = crate::cli::bytes)]
    full_size: Option<u64>,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RouteOf {
    Dump,
    Loader,
    Replication,
    OnlineChange,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let reader = reader_options(args.connect_timeout, Duration::from_secs(5));
    let source = side(&args.source, "--source", &reader).await?;
    let route = match args.route {
        RouteOf::Dump => Route::Dump,
        RouteOf::Loader => Route::Loader,
        RouteOf::Replication => Route::Replication,
        RouteOf::OnlineChange => Route::OnlineChange,
    };
    let engine = match (&args.target_engine, route) {
        (Some(name), _) => chosen(Some(name))?,
        (None, Route::Loader) => chosen(None)?,
        (None, _) => chosen(Some(&source.server.engine))?,
    };
    if args.replicate_to.is_some() && route != Route::Replication {
        return Err(InputError::new("--replicate-to belongs to --route replication").into());
    }
    let driven = matches!(route, Route::Dump | Route::Loader);
    let jobs = match (driven, &args.replicate_to) {
        (true, _) => args.jobs.clone(),
        // One database is filled once.
        (false, Some(_)) => args.jobs.iter().max().into_iter().copied().collect(),
        (false, None) => Vec::new(),
    };
    let rehearsal = Rehearsal {
        source: &source,
        route,
        jobs,
        runs: if driven { args.runs } else { 1 },
        bin_dir: args.tools.clone(),
        rehearsed_bytes: source_bytes(&source).await?,
        full_bytes: args.full_size,
    };
    let target = async || match &args.replicate_to {
        Some(url) => Ok((side(url, "--replicate-to", &reader).await?, None)),
        None => {
            let (side, sandbox) = fresh(engine, args.bin_dir.clone(), &reader).await?;
            Ok((side, Some(sandbox)))
        }
    };
    let (report, last) = rehearse(&rehearsal, target, &context.interrupt, context.progress).await?;
    drop(last);
    let page = rehearsal_page(&report);
    let shown = Shown {
        document: &report,
        page: &page,
        name: "rehearsal",
        out: args.page.out.as_deref(),
        format: args.page.format,
    };
    shown.publish(context)?;
    Ok(match (report.interrupted, report.failed()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Found,
        (false, false) => Exit::Fine,
    })
}

/// An empty server, and the way in.
pub async fn fresh(
    engine: &'static dyn Engine,
    bin_dir: Option<PathBuf>,
    reader: &ReaderOptions,
) -> Result<(Side, Sandbox)> {
    let options = SandboxOptions { bin_dir, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(engine, options).await?;
    let url = sandbox.url(sandbox.database());
    let server = engine.connect(&url, &SessionOptions::default()).await?.server().await?;
    let migration = migration_of(engine)?;
    Ok((Side { migration, url, options: reader.clone(), server }, sandbox))
}

/// Tables with their indexes.
pub async fn source_bytes(source: &Side) -> Result<u64> {
    let mut reader = source.reader().await?;
    let shape = reader.shape(&[]).await?;
    let tables: u64 = shape.tables.iter().map(|table| table.bytes).sum();
    Ok(tables.max(source.server.database_bytes.unwrap_or(0)))
}
