//! `planwise snapshot`: what a server's planner goes by, in one file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Exit;
use super::migration_side::engine_of;
use crate::cli::{Context, FileError, InputError, NothingYet};
use crate::engine::{DbError, PlannerState, PlannerStates, SessionOptions};
use crate::printable::one_line;
use crate::progress::say;
use crate::report::format::counted;
use crate::snapshot::Snapshot;

/// Keep schema, statistics, sizes and settings of a database in one file, without a row of its data
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Database to read, as a URL; without it the server's usual environment variables and files decide
    #[arg(long, short = 'd', value_name = "URL", env = "DATABASE_URL", hide_env_values = true, aliases = ["url", "source"])]
    db: Option<String>,
    /// File to write
    #[arg(
        long,
        short = 'o',
        value_name = "FILE",
        default_value = "planwise.snapshot",
        alias = "output"
    )]
    out: PathBuf,
    /// Leave values of rows out (most common values, bounds of histograms), and say what that costs
    #[arg(long)]
    redact: bool,
    /// With --redact: put other values of the same order in the place of those left out, which keeps more plans as they are
    #[arg(long, requires = "redact")]
    keep_order: bool,
    /// Look the first and last value of every indexed column up too: reads rows, by the index, where the login may SELECT
    #[arg(long, conflicts_with = "redact")]
    ends: bool,
    /// Give up a statement after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = crate::cli::seconds)]
    statement_timeout: Duration,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let url = args.db.clone().unwrap_or_default();
    let engine = engine_of(&url, "--db")?;
    let states = engine.planner_states().ok_or_else(|| {
        InputError::new(format!("snapshots of {} are not available yet", engine.name()))
    })?;
    let options = SessionOptions {
        statement_timeout: args.statement_timeout,
        connect_timeout: args.connect_timeout,
        ..SessionOptions::default()
    };
    let started = Instant::now();
    let spinner = context.progress.spinner("reading the catalog");
    let state = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        state = read(states, &url, &options, args.ends) => state.map_err(anyhow::Error::from),
    };
    spinner.finish_and_clear();
    let mut snapshot = Snapshot::of(state?);
    match (args.redact, args.keep_order) {
        (true, true) => snapshot.hash()?,
        (true, false) => snapshot.redact()?,
        (false, _) => {}
    }
    let bytes = snapshot.write(&args.out).map_err(|cause| {
        let message = format!("--out {}: cannot write there", args.out.display());
        FileError { message, cause }
    })?;
    summarise(&snapshot, &args, bytes, started.elapsed());
    Ok(Exit::Fine)
}

async fn read(
    states: &dyn PlannerStates,
    url: &str,
    options: &SessionOptions,
    ends: bool,
) -> Result<PlannerState, DbError> {
    let mut state = states.read(url, options).await?;
    if ends {
        states.read_ends(url, options, &mut state).await?;
    }
    Ok(state)
}

fn summarise(snapshot: &Snapshot, args: &Args, bytes: u64, took: Duration) {
    let state = &snapshot.state;
    let tables = state.relations.iter().filter(|relation| relation.kind != "view").count();
    say(&format!(
        "{}: {}, {} and statistics of {} of {} (version {}), {} kB, read in {:.1} s",
        one_line(&args.out.display().to_string()),
        counted(tables, "table", "tables"),
        counted(state.indexes.len(), "index", "indexes"),
        counted(state.columns.len(), "column", "columns"),
        one_line(&state.database.name),
        state.version,
        bytes.div_ceil(1000),
        took.as_secs_f64()
    ));
    let costs = snapshot.redacted.iter().map(|costs| format!("redacted: {costs}"));
    for sentence in state.hidden.iter().cloned().chain(costs) {
        say(&format!("note: {sentence}"));
    }
}
