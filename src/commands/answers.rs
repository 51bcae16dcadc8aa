//! `planwise answers`: do the application's queries answer alike on two servers, and as fast?

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::Exit;
use super::migration_side::{Shown, engine_of, migration_of, reader_options, side};
use crate::bounded;
use crate::cli::{Context, FileError, InputError, PageArgs};
use crate::engine::migration::Destination;
use crate::engine::{Access, SessionOptions};
use crate::migrate::application::{
    APPLICATION_FORMAT, ApplicationReport, Sides, check_queries, check_transactions, run_smoke,
    smoke_checks, translate_workload,
};
use crate::report::migration::application_page;
use crate::report::{self};
use crate::trace::is_workload_file;
use crate::workload::{self, Workload};

/// Ask the application's queries on two servers, and compare rows, errors and times
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The application's queries, in the source's words: a .sql file, or a folder with workload.toml
    workload: PathBuf,
    /// Where the data comes from, as a URL
    #[arg(long, value_name = "URL", aliases = ["from", "db-a"])]
    source: String,
    /// Where it went
    #[arg(long, value_name = "URL", aliases = ["to", "db-b"])]
    target: String,
    /// The same queries by the same names, in the target's words
    #[arg(long, value_name = "FILE")]
    translation: Option<PathBuf>,
    /// Propose that file, and ask nothing: review it, then give it as --translation
    #[arg(long, value_name = "FILE", conflicts_with = "translation")]
    write_translation: Option<PathBuf>,
    /// Statements for the target, each below its `-- check: rows > 0` (or value, or ms)
    #[arg(long, value_name = "FILE")]
    smoke: Option<PathBuf>,
    /// What becomes of statements that write, and of transactions (the sessions of a workload.toml, and those of a capture
    /// for a target of the same family): refuse, or rollback, which executes them on BOTH sides and undoes them; on copies
    /// only, since they take locks, use up numbers of sequences and fire triggers meanwhile
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "refuse",
        hide_possible_values = true
    )]
    writes: WritesHere,
    /// Executions of each query on each side for its time; 0 measures none
    #[arg(long, value_name = "N", default_value = "9", value_parser = crate::cli::whole(0..=1000))]
    rounds: u32,
    /// Give up a statement after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = crate::cli::seconds)]
    statement_timeout: Duration,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum WritesHere {
    Refuse,
    Rollback,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let (from, to) = (engine_of(&args.source, "--source")?, engine_of(&args.target, "--target")?);
    let workload =
        context.interrupt.may_cut_off(|| workload::read(&args.workload, from.dialect()))?;
    let reader = reader_options(args.connect_timeout, Duration::from_secs(5));
    let source = side(&args.source, "--source", &reader).await?;
    let target = side(&args.target, "--target", &reader).await?;
    let destination =
        Destination { engine: target.server.engine.clone(), version: target.server.version_number };
    let proposed = translate_workload(migration_of(from)?, &workload, &destination);
    if let Some(path) = &args.write_translation {
        report::write_atomically(path, proposed.text().as_bytes())?;
        let open = proposed.queries.iter().filter(|query| query.target.is_err()).count();
        crate::progress::say(&format!(
            "{} queries written to {}, {open} of them not translated: review it, then give it as --translation",
            proposed.queries.len(),
            path.display()
        ));
        return Ok(if open > 0 { Exit::Inconclusive } else { Exit::Fine });
    }
    let same_family = source.migration.family() == target.migration.family();
    let translated = match (&args.translation, same_family) {
        (Some(path), _) => workload::read(path, to.dialect())?,
        (None, true) => workload.clone(),
        (None, false) => {
            let message = "the two sides speak different dialects: --write-translation FILE proposes the queries in the \
                           target's words, and --translation FILE takes what you made of it";
            return Err(InputError::new(message).into());
        }
    };
    let writes = args.writes == WritesHere::Rollback;
    let session = SessionOptions {
        connect_timeout: args.connect_timeout,
        statement_timeout: args.statement_timeout,
        access: if writes { Access::Rollback } else { Access::ReadOnly },
        ..SessionOptions::default()
    };
    let mut sides = Sides {
        source: from.connect(&args.source, &session).await?,
        target: to.connect(&args.target, &session).await?,
        writes,
        one_family: same_family,
    };
    let rounds = args.rounds as usize;
    let queries = check_queries(
        &mut sides,
        &workload,
        &translated,
        rounds,
        &context.interrupt,
        context.progress,
    );
    let queries = queries.await?;
    let transactions = match writes {
        true => {
            let recorded = match same_family && is_workload_file(&args.workload) {
                true => workload::recorded_transactions(&args.workload, from.dialect())?,
                false => Vec::new(),
            };
            let both = (&workload, &translated);
            check_transactions(&mut sides, both, &recorded, &context.interrupt).await?
        }
        false => Vec::new(),
    };
    let smoke = match &args.smoke {
        Some(path) => {
            let (checks, text) = (workload::read(path, to.dialect())?, text_of(path)?);
            let checks = smoke_of(&checks, &text, path)?;
            run_smoke(sides.target.as_mut(), &checks, &context.interrupt).await?
        }
        None => Vec::new(),
    };
    let address = |server: &crate::engine::ServerInfo| {
        format!("{} {} at {}", server.engine, server.version, server.address)
    };
    let report = ApplicationReport {
        format: APPLICATION_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        source: address(&source.server),
        target: address(&target.server),
        queries,
        transactions,
        smoke,
        interrupted: context.interrupt.is_set(),
    };
    let page = application_page(&report);
    let shown = Shown {
        document: &report,
        page: &page,
        name: "application",
        out: args.page.out.as_deref(),
        format: args.page.format,
    };
    shown.publish(context)?;
    Ok(match (report.failed(), report.open()) {
        _ if report.interrupted => Exit::Interrupted,
        (true, _) => Exit::Found,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::Fine,
    })
}

fn text_of(path: &Path) -> Result<String> {
    Ok(bounded::read_text(path, bounded::SMALL)
        .map_err(|cause| FileError::unreadable("--smoke", path, cause))?)
}

fn smoke_of(
    checks: &Workload,
    text: &str,
    path: &Path,
) -> Result<Vec<crate::migrate::application::SmokeCheck>> {
    let read = smoke_checks(checks, text);
    Ok(read.map_err(|why| InputError::new(format!("--smoke {}: {why}", path.display())))?)
}
