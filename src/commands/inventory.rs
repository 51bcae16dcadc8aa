//! `planwise inventory`: what there is to move, and what will break.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::Exit;
use super::migration_side::{Shown, engine_of, migration_of, reader_options};
use crate::bounded;
use crate::cli::{Context, FileError, InputError, NothingYet, PageArgs};
use crate::engine::migration::{Destination, Severity};
use crate::engine::{self, SessionOptions};
use crate::migrate::inventory::{InventoryReport, Subject, take};
use crate::report::migration::inventory_page;
use crate::workload;

/// List what a server holds, and what another version or engine does differently
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Database to look at, as a URL; without it the server's usual environment variables and files decide
    #[arg(long, short = 'd', value_name = "URL", env = "DATABASE_URL", hide_env_values = true, aliases = ["url", "source"])]
    db: Option<String>,
    /// Review the move to the server behind a URL, or to any of its kind: ENGINE:VERSION
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Queries of the application, to be reviewed too
    #[arg(long, value_name = "FILE", requires = "target")]
    workload: Option<PathBuf>,
    /// Count values that will not fit the target's types: reads tables whole
    #[arg(long, requires = "target")]
    count_values: bool,
    /// An earlier inventory (inventory.json): shows how tables grew since then
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Exit with status 1 when a point blocks
    #[arg(long, requires = "target")]
    fail_on_blocks: bool,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
    #[command(flatten)]
    page: PageArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let url = args.db.clone().unwrap_or_default();
    let engine = engine_of(&url, "--db")?;
    let migration = migration_of(engine)?;
    let earlier = args.since.as_deref().map(read_inventory).transpose()?;
    let workload = args
        .workload
        .as_deref()
        .map(|path| context.interrupt.may_cut_off(|| workload::read(path, engine.dialect())))
        .transpose()?;
    let reader = reader_options(args.connect_timeout, Duration::from_secs(5));
    let session =
        SessionOptions { connect_timeout: args.connect_timeout, ..SessionOptions::default() };
    let subject = Subject { engine, migration, url: &url, session: &session, reader: &reader };
    let spinner = context.progress.spinner("reading the catalog");
    let taken = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        taken = take(&subject, args.count_values) => taken.map_err(anyhow::Error::from),
    };
    spinner.finish_and_clear();
    let mut report = taken?;
    if let Some(earlier) = &earlier {
        report.grown_since(earlier);
    }
    if let Some(target) = &args.target {
        let to = destination(target, &session).await?;
        if report.review(migration, &to, workload.as_ref()).is_none() {
            let from = &report.state.server.engine;
            let message = format!(
                "--target {}: planwise knows nothing of the way from {from} there",
                to.engine
            );
            return Err(InputError::new(message).into());
        }
    }
    let page = inventory_page(&report);
    let shown = Shown {
        document: &report,
        page: &page,
        name: "inventory",
        out: args.page.out.as_deref(),
        format: args.page.format,
    };
    shown.publish(context)?;
    Ok(match args.fail_on_blocks && report.count(Severity::Blocks) > 0 {
        true => Exit::Found,
        false => Exit::Fine,
    })
}

/// An inventory that an earlier call wrote.
pub fn read_inventory(path: &Path) -> Result<InventoryReport> {
    let text = bounded::read(path, bounded::LARGE)
        .map_err(|cause| FileError::unreadable("the earlier inventory", path, cause))?;
    Ok(serde_json::from_slice(&text).map_err(|error| {
        let place = path.display();
        InputError::new(format!(
            "{place} is no inventory: {error}; `planwise inventory --out DIR` writes one"
        ))
    })?)
}

/// `engine:version`, or the version of the server behind a URL.
async fn destination(text: &str, session: &SessionOptions) -> Result<Destination> {
    if text.contains("://") {
        let engine = engine_of(text, "--target")?;
        let server = engine.connect(text, session).await?.server().await?;
        return Ok(Destination { engine: server.engine, version: server.version_number });
    }
    let wrong = || {
        let known = engine::names();
        InputError::new(format!(
            "--target {text}: say ENGINE:VERSION with one of {known}, such as {}:18, or give a URL",
            engine::all().first().map_or("", |engine| engine.name())
        ))
    };
    let (name, version) = text.split_once(':').ok_or_else(wrong)?;
    let engine = engine::by_name(name).ok_or_else(wrong)?;
    let mut parts = version.split('.').map(str::parse::<u32>);
    let major = parts.next().and_then(Result::ok).ok_or_else(wrong)?;
    let minor = parts.next().unwrap_or(Ok(0)).map_err(|_| wrong())?;
    Ok(Destination { engine: engine.name().to_owned(), version: [major, minor] })
}
