//! The playbook's starters: a move from one throwaway server to another, from the inventory to the runbook.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::inventory::read_inventory;
use super::migration_side::{Shown, migration_of, reader_options};
use super::rehearse::{fresh, source_bytes};
use super::{Exit, runbook, sandbox::chosen};
use crate::cli::{Context, NothingYet};
use crate::engine::migration::{Destination, Route};
use crate::engine::{self, Engine, SessionOptions};
use crate::migrate::inventory::{Subject, take};
use crate::migrate::parity::{ParityOptions, Side, Verdict, parity};
use crate::migrate::rehearsal::{Rehearsal, rehearse};
use crate::report::migration::{inventory_page, parity_page, rehearsal_page};
use crate::report::{self, terminal::Format};
use crate::sandbox::{Sandbox, SandboxOptions};

/// Which move is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Tour {
    /// Within the first engine, by dump and restore
    MigrationA,
    /// Within the second, by dump and load
    MigrationB,
    /// From the second engine to the first, by a loader
    MigrationC,
}

impl Tour {
    fn engines(self) -> Result<(&'static dyn Engine, &'static dyn Engine, Route)> {
        let first = chosen(None)?;
        let second = engine::all().get(1).copied().unwrap_or(first);
        Ok(match self {
            Tour::MigrationA => (first, first, Route::Dump),
            Tour::MigrationB => (second, second, Route::Dump),
            Tour::MigrationC => (second, first, Route::Loader),
        })
    }
}

/// What a tour takes besides its name.
pub struct TourOptions<'a> {
    pub load: &'a [PathBuf],
    pub bin_dir: Option<PathBuf>,
    pub out: &'a Path,
    pub format: Format,
}

pub async fn run(tour: Tour, options: &TourOptions<'_>, context: &Context) -> Result<Exit> {
    tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        outcome = conduct(tour, options, context) => outcome,
    }
}

async fn conduct(tour: Tour, options: &TourOptions<'_>, context: &Context) -> Result<Exit> {
    let (from, to, route) = tour.engines()?;
    let reader =
        reader_options(std::time::Duration::from_secs(10), std::time::Duration::from_secs(5));
    let (source, kept) = filled(from, options, context).await?;
    let say = |step: &str| context.progress.tell(step);

    say("1. What is there, and what will break (inventory)");
    let session = SessionOptions::default();
    let subject = Subject {
        engine: from,
        migration: source.migration,
        url: &source.url,
        session: &session,
        reader: &reader,
    };
    let mut inventory = take(&subject, true).await?;
    let (newest, started) = fresh(to, options.bin_dir.clone(), &reader).await?;
    drop(started);
    let destination =
        Destination { engine: newest.server.engine, version: newest.server.version_number };
    inventory.review(source.migration, &destination, None);
    save("inventory", &inventory, &inventory_page(&inventory), options.out)?;

    say("2. The move, with the real tools (rehearse)");
    let rehearsal = Rehearsal {
        source: &source,
        route,
        jobs: vec![2],
        runs: 3,
        bin_dir: None,
        rehearsed_bytes: source_bytes(&source).await?,
        full_bytes: None,
    };
    let target = async || fresh(to, options.bin_dir.clone(), &reader).await;
    let (rehearsed, last) =
        rehearse(&rehearsal, target, &context.interrupt, context.progress).await?;
    save("rehearsal", &rehearsed, &rehearsal_page(&rehearsed), options.out)?;
    let Some((target, kept_target)) = last.filter(|_| !rehearsed.failed()) else {
        let why = rehearsed.runs.iter().find_map(|run| run.failed.clone()).unwrap_or_default();
        crate::progress::say(&format!("the move failed: {why}"));
        return Ok(Exit::Machine);
    };

    say("3. Did everything arrive (parity)");
    let compared =
        parity(&source, &target, &ParityOptions::default(), &context.interrupt, context.progress)
            .await?;
    let page = parity_page(&compared);
    save("parity", &compared, &page, options.out)?;

    say("4. The runbook, filled in (runbook)");
    let config = options.out.join("migration.toml");
    report::write_atomically(&config, CONFIG.as_bytes())?;
    let shown = Shown {
        document: &compared,
        page: &page,
        name: "parity",
        out: None,
        format: options.format,
    };
    shown.publish(context)?;
    let gate = runbook::written(&config, options.out)?;
    drop((kept, kept_target));
    if options.format == Format::Text && !context.quiet {
        let rows = compared.tables.iter().all(|table| table.verdict == Verdict::Equal);
        let sentence = if rows { "every row arrived" } else { "not every row arrived" };
        writeln!(
            std::io::stdout().lock(),
            "\nThe move of {} tables: {sentence}; {gate}. Pages: {}",
            compared.tables.len(),
            options.out.display()
        )?;
    }
    let equal = compared.tables.iter().all(|table| table.verdict == Verdict::Equal);
    // That an inventory can be read again is part of the tour.
    read_inventory(&options.out.join("inventory.json"))?;
    Ok(if equal { Exit::Fine } else { Exit::Found })
}

/// A throwaway source with the files, or with a small shop.
async fn filled(
    engine: &'static dyn Engine,
    options: &TourOptions<'_>,
    context: &Context,
) -> Result<(Side, Sandbox)> {
    let mut sandbox = Sandbox::start(engine, SandboxOptions::default()).await?;
    let migration = migration_of(engine)?;
    let folder = tempfile::tempdir()?;
    let files = match options.load {
        [] => {
            let file = folder.path().join("shop.sql");
            std::fs::write(&file, migration.sample())?;
            vec![file]
        }
        files => files.to_vec(),
    };
    sandbox.load(&files, context.progress).await?;
    let url = sandbox.url(sandbox.database());
    let server = engine.connect(&url, &SessionOptions::default()).await?.server().await?;
    let reader =
        reader_options(std::time::Duration::from_secs(10), std::time::Duration::from_secs(5));
    Ok((Side { migration, url, options: reader, server }, sandbox))
}

fn save<T: serde::Serialize>(
    name: &str,
    document: &T,
    page: &crate::report::migration::MigrationPage,
    out: &Path,
) -> Result<()> {
    let shown = Shown { document, page, name, out: Some(out), format: Format::Json };
    shown.save()
}

const CONFIG: &str = "\
title = \"The demonstration\"
source = \"a throwaway server\"
target = \"another one\"

[goals]
rto-minutes = 30
rpo-minutes = 0
downtime-minutes = 15

[rollback]
trigger = \"a failed check under the freeze, or errors above 1 % for five minutes\"
how = \"switch the application back to the source, which stayed as it was\"
until = \"the first write on the target\"

[evidence]
inventory = \"inventory.json\"
rehearsal = \"rehearsal.json\"
parity = \"parity.json\"

[seconds]
freeze = 30
drain = 30
switch = 60
smoke = 120
margin = 120
";
