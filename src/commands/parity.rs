//! `planwise parity`: do two databases hold the same?

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;

use super::Exit;
use super::migration_side::{Shown, reader_options, side};
use crate::bounded;
use crate::cli::{Context, FileError, InputError, NothingYet, PageArgs};
use crate::engine::migration::ReaderOptions;
use crate::migrate::parity::{ParityOptions, ParityReport, TableMapping, Verdict, parity};
use crate::report::migration::parity_page;

/// Compare the schema and every row of two databases, read-only on both sides
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the data comes from, as a URL
    #[arg(long, value_name = "URL", aliases = ["from", "db-a"])]
    source: String,
    /// Where it went
    #[arg(long, value_name = "URL", aliases = ["to", "db-b"])]
    target: String,
    #[command(flatten)]
    what: WhatArgs,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    page: PageArgs,
    /// Differing rows of each table that are shown
    #[arg(long, value_name = "N", default_value = "20", value_parser = crate::cli::whole(0..=2000), help_heading = "Output")]
    examples: u32,
}

/// What is compared with what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is compared")]
struct WhatArgs {
    /// Only this: schema, data, orphans; may be given several times
    #[arg(long, value_name = "PART", value_enum)]
    only: Vec<PartOf>,
    /// Schemas of the source (databases, where the engine calls them so); may be given several times
    #[arg(long = "schema", value_name = "NAME")]
    schemas: Vec<String>,
    /// A schema of the source and what it is called on the target: SOURCE=TARGET
    #[arg(long = "map", value_name = "SOURCE=TARGET", value_parser = crate::cli::setting)]
    map: Vec<(String, String)>,
    /// Only these tables; * stands for anything
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Without these tables
    #[arg(long = "exclude-table", value_name = "NAME")]
    exclude_tables: Vec<String>,
    /// Without these columns: TABLE.COLUMN
    #[arg(long = "exclude-column", value_name = "TABLE.COLUMN")]
    exclude_columns: Vec<String>,
    /// TOML file with names, keys, columns and conditions of single tables
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Relative difference up to which floating-point values are the same
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = tolerance)]
    float_tolerance: f64,
    /// Dates that do not exist on the target's engine (0000-00-00) were made NULL on the way
    #[arg(long)]
    zero_dates_to_null: bool,
    /// Clock times of the source (datetime) became moments of the target (timestamptz) by this zone: Europe/Berlin
    /// [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<String>,
}

/// How gently, and how far.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How it is read")]
struct HowArgs {
    /// Compare every row value by value instead of by checksums: easier on the servers, harder on the network
    #[arg(long)]
    stream: bool,
    /// Read all tables of a side as they are at one moment, by a transaction that stays open as long as that takes
    #[arg(long)]
    one_moment: bool,
    /// Connections to each side [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = crate::cli::whole(1..=64))]
    jobs: Option<u32>,
    /// Rows that one statement reads
    #[arg(long, value_name = "N", default_value = "250000", value_parser = crate::cli::whole(1000..=100_000_000))]
    chunk_rows: u32,
    /// While somebody writes, rows that differ are read again for so long
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = crate::cli::seconds)]
    settle: Duration,
    /// Wait while more statements of others than these run on either side
    #[arg(long, value_name = "N", value_parser = crate::cli::whole(0..=100_000))]
    max_running: Option<u32>,
    /// Wait while a replica is further behind
    #[arg(long, value_name = "SECONDS", value_parser = crate::cli::seconds)]
    max_lag: Option<Duration>,
    /// Keep in this file what is done: the same command goes on from there after it was killed
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
    /// Give up waiting for a lock after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = crate::cli::seconds)]
    lock_timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PartOf {
    Schema,
    Data,
    Orphans,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("write a share from 0 to below 1, e.g. 1e-9".to_owned()),
    }
}

fn zone(name: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => {
            Err("write a name of the time zone database, e.g. Europe/Berlin or UTC".to_owned())
        }
    }
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let options = args.options()?;
    let reader = ReaderOptions {
        zone: args.what.time_zone.clone(),
        ..reader_options(args.how.connect_timeout, args.how.lock_timeout)
    };
    let work = async {
        let source = side(&args.source, "--source", &reader).await?;
        let target = side(&args.target, "--target", &reader).await?;
        parity(&source, &target, &options, &context.interrupt, context.progress).await
    };
    let report = work.await.map_err(|error| match context.interrupt.is_set() {
        true => error.context(NothingYet),
        false => error,
    })?;
    let page = parity_page(&report);
    let shown = Shown {
        document: &report,
        page: &page,
        name: "parity",
        out: args.page.out.as_deref(),
        format: args.page.format,
    };
    shown.publish(context)?;
    Ok(exit(&report))
}

fn exit(report: &ParityReport) -> Exit {
    match report.verdict {
        _ if report.interrupted => Exit::Interrupted,
        Verdict::Equal => Exit::Fine,
        Verdict::Different => Exit::Found,
        Verdict::Inconclusive => Exit::Inconclusive,
    }
}

impl Args {
    fn options(&self) -> Result<ParityOptions> {
        let (what, how) = (&self.what, &self.how);
        let asked = |part: PartOf| what.only.is_empty() || what.only.contains(&part);
        let defaults = ParityOptions::default();
        Ok(ParityOptions {
            schemas: what.schemas.clone(),
            schema_map: what.map.clone(),
            tables: what.tables.clone(),
            exclude_tables: what.exclude_tables.clone(),
            exclude_columns: what.exclude_columns.clone(),
            mappings: what.mapping.as_deref().map(mappings).transpose()?.unwrap_or_default(),
            float_tolerance: what.float_tolerance,
            zero_dates_to_null: what.zero_dates_to_null,
            zone: what.time_zone.clone(),
            one_view: how.one_moment,
            check_schema: asked(PartOf::Schema),
            check_data: asked(PartOf::Data),
            check_orphans: asked(PartOf::Orphans),
            stream: how.stream,
            jobs: how.jobs.map_or(defaults.jobs, |jobs| jobs as usize),
            chunk_rows: u64::from(how.chunk_rows),
            settle: how.settle,
            max_running: how.max_running,
            max_lag: how.max_lag,
            examples: self.examples as usize,
            state: how.state.clone(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    #[serde(default)]
    table: Vec<TableMapping>,
}

fn mappings(path: &Path) -> Result<Vec<TableMapping>> {
    let text = bounded::read_text(path, bounded::SMALL)
        .map_err(|cause| FileError::unreadable("--mapping", path, cause))?;
    let file: MappingFile = toml::from_str(&text)
        .map_err(|error| InputError::new(format!("--mapping {}: {error}", path.display())))?;
    Ok(file.table)
}
