//! `planwise health`: what ails a server, and what would help.

use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::Exit;
use crate::bounded;
use crate::cli::{Context, FileError, HostArgs, InputError, NothingYet};
use crate::engine::{self, Access, Engine, SessionOptions};
use crate::health::{Checks, HealthReport, Sight, Since, assess};
use crate::report;
use crate::report::health::{self, health_page, open_metrics};
use crate::report::migration::{page_html, page_markdown, page_text};
use crate::rule::Severity;
use crate::server::Told;

/// Say what ails a server and what helps: locks, replication, vacuum, space, sequences, settings. Changes nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Database to look at, as a URL; without it the server's usual environment variables and files decide
    #[arg(long, short = 'd', value_name = "URL", env = "DATABASE_URL", hide_env_values = true, aliases = ["url", "database", "dsn"])]
    db: Option<String>,
    /// Count for so long, and take rates from that; without it from all that the server has counted
    #[arg(long, value_name = "SECONDS", value_parser = crate::cli::seconds)]
    observe: Option<Duration>,
    /// An earlier look (health.json): rates are taken from the time since then
    #[arg(long, value_name = "FILE", conflicts_with = "observe")]
    since: Option<PathBuf>,
    /// Look again and again, every so many seconds (5), until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "5", value_parser = crate::cli::seconds, conflicts_with_all = ["observe", "since"])]
    watch: Option<Duration>,
    /// Exit with status 1 when something ails that is at least so grave: low, medium or high
    #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
    fail_on: Option<Severity>,
    /// Give up a question to the server after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    statement_timeout: Duration,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = crate::cli::seconds)]
    connect_timeout: Duration,
    /// Measure the space that no row needs in the five worst tables, where pgstattuple is there: it reads their pages
    #[arg(long)]
    exact: bool,
    /// Folder with checks of your own (.toml): one with the id of a built-in check replaces it; may be given several times
    #[arg(long, value_name = "DIR")]
    checks: Vec<PathBuf>,
    #[command(flatten)]
    host: HostArgs,
    /// Folder for the page (health.json, .md, .html) and the settings (settings.sql and the server's own file)
    #[arg(long, short = 'o', value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// What to print: text, json (one document and nothing else), markdown, or openmetrics
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
    Markdown,
    Openmetrics,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let url = args.db.clone().unwrap_or_default();
    let engine = engine::for_url(&url).ok_or_else(|| {
        InputError::new(format!("--db: that is no URL planwise knows; use {}", engine::schemes()))
    })?;
    let checks = Checks::load(&args.checks)?;
    if let Some(pause) = args.watch {
        return watch(&args, engine, &url, &checks, pause, context).await;
    }
    let since = match (&args.since, args.observe) {
        (Some(path), _) => Since::Earlier(read(path)?.counters),
        (None, Some(over)) => Since::Observe(over),
        (None, None) => Since::Start,
    };
    let spinner = context.progress.spinner("looking at the server");
    let looked = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        looked = look(&args, engine, &url, &checks, since) => looked,
    };
    spinner.finish_and_clear();
    let report = looked?;
    publish(&report, &args, context)?;
    Ok(exit(&report, args.fail_on))
}

async fn look(
    args: &Args,
    engine: &dyn Engine,
    url: &str,
    checks: &Checks,
    since: Since,
) -> Result<HealthReport> {
    let options = SessionOptions {
        access: Access::ReadOnly,
        statement_timeout: args.statement_timeout,
        connect_timeout: args.connect_timeout,
        lock_timeout: Duration::from_secs(1),
        ..SessionOptions::default()
    };
    let mut session = engine.connect(url, &options).await?;
    let told = Told { exact: args.exact, ..args.host.told() };
    let sight = Sight::read(session.as_mut(), &told, since).await?;
    Ok(assess(checks, &sight, None)?)
}

/// Each page stands in the place of the one before. Rates are those since that one.
async fn watch(
    args: &Args,
    engine: &dyn Engine,
    url: &str,
    checks: &Checks,
    pause: Duration,
    context: &Context,
) -> Result<Exit> {
    let mut since = Since::Start;
    loop {
        let looked = tokio::select! {
            biased;
            () = context.interrupt.wait() => return Ok(Exit::Fine),
            looked = look(args, engine, url, checks, since) => looked,
        };
        let report = looked?;
        if stdout().is_terminal() && args.format == Format::Text {
            print!("\x1b[2J\x1b[H");
        }
        publish(&report, args, context)?;
        stdout().flush()?;
        if exit(&report, args.fail_on) == Exit::Found {
            return Ok(Exit::Found);
        }
        since = Since::Earlier(report.counters);
        tokio::select! {
            biased;
            () = context.interrupt.wait() => return Ok(Exit::Fine),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What an earlier call wrote.
fn read(path: &Path) -> Result<HealthReport> {
    let text = bounded::read(path, bounded::LARGE)
        .map_err(|cause| FileError::unreadable("--since", path, cause))?;
    Ok(serde_json::from_slice(&text).map_err(|error| {
        let place = path.display();
        InputError::new(format!(
            "--since: {place} is no earlier look: {error}; `planwise health --out DIR` writes one (health.json)"
        ))
    })?)
}

fn publish(report: &HealthReport, args: &Args, context: &Context) -> Result<()> {
    let page = health_page(report);
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    if let Some(out) = &args.out {
        let write = |name: &str, content: &[u8]| report::write_atomically(&out.join(name), content);
        write("health.json", &json)?;
        write("health.md", page_markdown(&page).as_bytes())?;
        write("health.html", page_html(&page)?.as_bytes())?;
        for (name, content) in health::settings_files(report) {
            write(&name, content.as_bytes())?;
        }
    }
    let text = match args.format {
        Format::Json => json,
        Format::Markdown => page_markdown(&page).into_bytes(),
        Format::Openmetrics => open_metrics(report).into_bytes(),
        Format::Text => page_text(&page, context.width, context.color, context.quiet).into_bytes(),
    };
    Ok(stdout().lock().write_all(&text)?)
}

fn exit(report: &HealthReport, fail_on: Option<Severity>) -> Exit {
    let worst = report.worst();
    match fail_on.is_some_and(|least| worst.is_some_and(|worst| worst >= least)) {
        true => Exit::Found,
        false => Exit::Fine,
    }
}
