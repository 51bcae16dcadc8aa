//! `planwise capture`: what a server was asked, from its logs or its own digest, as a `.workload` file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Exit;
use crate::capture::{self, Filter, LogForm, LogOptions, Pattern, Source, Told, views};
use crate::cli::{Context, InputError};
use crate::engine::{self, Engine, Session, SessionOptions};
use crate::report::format::{bytes, count, counted, millis};
use crate::trace::{Folding, Reader, Summary};

/// Capture a workload from logs (files, folders, patterns, standard input; plain or packed)
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Logs: files, folders, patterns in quotes, or - for standard input
    #[arg(value_name = "SOURCE", required_unless_present = "db")]
    sources: Vec<String>,
    /// Ask this server: without logs its own statistics of statements are captured, beside logs how their lines begin
    #[arg(long, short = 'd', value_name = "URL")]
    db: Option<String>,
    /// Statements of the server's statistics, those that took most time first
    #[arg(long, value_name = "N", default_value_t = 5000, requires = "db")]
    top: usize,
    /// Keep what happens in so many seconds: the growth of the server's statistics, or, where it keeps none, samples of
    /// what its sessions do
    #[arg(long, value_name = "SECONDS", value_parser = crate::cli::seconds, requires = "db")]
    observe: Option<Duration>,
    /// The .workload file to write
    #[arg(long, short = 'o', value_name = "FILE.workload", aliases = ["output"])]
    out: PathBuf,
    /// Form of the logs, where it is not to be found out
    #[arg(long = "log-format", alias = "format-of-log", value_name = "FORM", value_enum)]
    form: Option<LogForm>,
    /// The setting log_line_prefix of the server, where it is not to be guessed
    #[arg(long = "log-line-prefix", alias = "prefix", value_name = "PREFIX")]
    prefix: Option<String>,
    /// Statements that began at this time or later: 2024-03-04T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Filters")]
    from: Option<i64>,
    /// Statements that began before this time
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Filters")]
    to: Option<i64>,
    /// Statements of this database; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    database: Vec<String>,
    /// Statements of this user; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    user: Vec<String>,
    /// Statements of this application; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    application: Vec<String>,
    /// Statements that took so many milliseconds or more
    #[arg(long, value_name = "MS", value_parser = crate::cli::milliseconds, help_heading = "Filters")]
    min_duration: Option<f64>,
    /// Statements that match this regular expression
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    statement: Option<String>,
    /// Statements that do not match this regular expression
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    not_statement: Option<String>,
    /// Read on where the capture in FILE stopped (without FILE: the one that is written, which then holds both)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    since_last: Option<String>,
    /// Keep shapes and how values are distributed, without the values themselves
    #[arg(long)]
    redact: bool,
    /// Threads that read entries
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

fn time(text: &str) -> Result<i64, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_microsecond());
    }
    let civil: Result<jiff::civil::DateTime, _> = text.parse();
    let zoned = civil.and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC));
    zoned.map(|zoned| zoned.timestamp().as_microsecond()).map_err(|_| {
        format!("`{text}` is no time; write 2024-03-04T10:00:00Z, or without Z for UTC")
    })
}

pub async fn run(mut args: Args, context: &Context) -> Result<Exit> {
    if let Some(url) = args.db.clone() {
        let engine = engine::for_url(&url).ok_or_else(|| {
            InputError::new(format!(
                "--db: no scheme that planwise knows; use {}",
                engine::schemes()
            ))
        })?;
        let mut session = engine.connect(&url, &SessionOptions::default()).await?;
        if args.sources.is_empty() {
            return capture_view(&args, engine, session.as_mut(), context).await;
        }
        args.prefix = match args.prefix.take() {
            Some(given) => Some(given),
            None => line_prefix(session.as_mut()).await,
        };
    }
    let context = context.clone();
    tokio::task::spawn_blocking(move || capture_logs(&args, &context)).await?
}

/// The server's setting; not every engine has it.
async fn line_prefix(session: &mut dyn Session) -> Option<String> {
    let settings = session.settings().await.ok()?;
    settings
        .into_iter()
        .find(|setting| setting.name == "log_line_prefix")
        .map(|setting| setting.value)
}

async fn capture_view(
    args: &Args,
    engine: &'static dyn Engine,
    session: &mut dyn Session,
    context: &Context,
) -> Result<Exit> {
    let started = Instant::now();
    let summary = match args.observe {
        Some(time) => observe(args.top, time, engine, session, context).await?,
        None => views::read(session, engine, args.top).await?,
    };
    let written = views::write(&summary, &args.out)?;
    if !context.quiet {
        tell(&summary, &args.out, written, started.elapsed().as_secs_f64());
    }
    Ok(Exit::Fine)
}

/// What happens in `time`: by the server's own statistics, or, where it keeps none, by looking at its sessions.
async fn observe(
    top: usize,
    time: Duration,
    engine: &'static dyn Engine,
    session: &mut dyn Session,
    context: &Context,
) -> Result<Summary> {
    let spinner = context.progress.spinner("observing");
    let before = views::look(session, engine, top).await;
    let summary = match before {
        Ok(before) => {
            tokio::select! {
                () = context.interrupt.wait() => {}
                () = tokio::time::sleep(time) => {}
            }
            views::since(&before, views::look(session, engine, top).await?)
        }
        Err(error) if error.ends_session() => return Err(error.into()),
        Err(error) => {
            let ends = Instant::now() + time;
            let goes_on = || Instant::now() < ends && !context.interrupt.is_set();
            let mut summary = views::watch(session, engine, goes_on).await?;
            summary
                .note(format!("Its statistics of statements cannot be read: {}.", error.message));
            summary
        }
    };
    spinner.finish_and_clear();
    if summary.statements == 0 {
        let seconds = time.as_secs_f64();
        let message = format!("no statement ended within the {seconds} s that were observed");
        return Err(InputError::new(message).into());
    }
    Ok(summary)
}

fn capture_logs(args: &Args, context: &Context) -> Result<Exit> {
    let sources = capture::expand(&args.sources)?;
    let mut options = args.options()?;
    let before = args.before(&mut options)?;
    let started = Instant::now();
    options.interrupt = context.interrupt.clone();
    let (summary, written) = read(args, &sources, options, before.as_deref(), context)?;
    if !context.quiet {
        tell(&summary, &args.out, written, started.elapsed().as_secs_f64());
    }
    Ok(Exit::Fine)
}

/// The capture, and with `before` what that file held already.
fn read(
    args: &Args,
    sources: &[Source],
    options: LogOptions,
    before: Option<&Path>,
    context: &Context,
) -> Result<(Summary, u64)> {
    let length = sources.iter().map(Source::bytes).sum::<Option<u64>>();
    let bar = match length {
        Some(length) => context.progress.bytes(length, "reading"),
        None => context.progress.spinner("reading"),
    };
    let tick = {
        let bar = bar.clone();
        move |bytes| bar.inc(bytes)
    };
    let outcome = match before {
        None => capture::logs(sources, &args.out, options, tick)
            .map(|captured| (captured.summary, captured.bytes)),
        Some(before) => {
            let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty());
            let part = tempfile::Builder::new()
                .prefix(crate::durable::UNFINISHED)
                .tempdir_in(folder.unwrap_or(Path::new(".")))?;
            let part = part.path().join("new.workload");
            capture::logs(sources, &part, options, tick)?;
            crate::trace::merge(&args.out, &[before.to_owned(), part], Folding::None, |_| {})
                .map_err(anyhow::Error::from)
                .map(|summary| {
                    let bytes = std::fs::metadata(&args.out).map_or(0, |data| data.len());
                    (summary, bytes)
                })
        }
    };
    bar.finish_and_clear();
    outcome
}

impl Args {
    fn options(&self) -> Result<LogOptions> {
        let regex = |given: &Option<String>, option: &str| match given {
            Some(text) => regex::bytes::Regex::new(text)
                .map(Some)
                .map_err(|error| InputError::new(format!("{option}: {error}"))),
            None => Ok(None),
        };
        let prefix = self.prefix.as_deref().map(Pattern::parse).transpose();
        let prefix =
            prefix.map_err(|error| InputError::new(format!("--log-line-prefix: {error}")))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(LogOptions {
            told: Told {
                form: self.form,
                prefix: prefix.map(|pattern| {
                    (pattern, if self.db.is_some() { "of the server" } else { "given" })
                }),
            },
            filter: Filter {
                from_us: self.from,
                to_us: self.to,
                databases: self.database.clone(),
                users: self.user.clone(),
                applications: self.application.clone(),
                least_ns: self.min_duration.map(|ms| (ms * 1e6) as u64),
                statement: regex(&self.statement, "--statement")?,
                not_statement: regex(&self.not_statement, "--not-statement")?,
            },
            redact: self.redact,
            workers: self.jobs.unwrap_or(cores).clamp(1, 64),
            ..LogOptions::default()
        })
    }

    /// The earlier capture that is to be added to, if it is the one that is written again.
    fn before(&self, options: &mut LogOptions) -> Result<Option<PathBuf>> {
        let Some(file) = &self.since_last else { return Ok(None) };
        let same = file.is_empty();
        let file = if same { self.out.clone() } else { PathBuf::from(file) };
        if !file.exists() {
            options.since_beginning();
            return Ok(None);
        }
        let reader = Reader::open(&file)?;
        if reader.summary.redacted && !self.redact && same {
            let message = format!(
                "{} is redacted: add to it with --redact, or write another file",
                file.display()
            );
            return Err(InputError::new(message).into());
        }
        options.since(&reader.summary);
        Ok(same.then(|| self.out.clone()))
    }
}

fn tell(summary: &Summary, out: &Path, written: u64, seconds: f64) {
    let read: u64 = summary.sources.iter().map(|source| source.bytes).sum();
    let rejected = match summary.rejected {
        0 => String::new(),
        rejected => format!(", {} rejected", count(rejected as f64)),
    };
    let queries = summary.queries.iter().filter(|query| query.calls > 0).count();
    crate::progress::say(&format!(
        "{} of {} in {}, {} of the server{rejected}; {} read in {} ({}/s); {} written: {}",
        counted(summary.statements as usize, "statement", "statements"),
        counted(queries, "query", "queries"),
        counted(summary.sessions as usize, "session", "sessions"),
        millis(summary.duration_ms()),
        bytes(read as f64),
        millis(seconds * 1e3),
        bytes(read as f64 / seconds.max(1e-9)),
        bytes(written as f64),
        crate::printable::one_line(&out.display().to_string()),
    ));
    for note in &summary.notes {
        crate::progress::say(&format!("note: {}", crate::printable::one_line(note)));
    }
}
