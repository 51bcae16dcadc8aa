//! `planwise workload`: looking at captured workloads, and adding them up.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Exit;
use crate::cli::{Context, InputError};
use crate::engine;
use crate::report::format::counted;
use crate::report::terminal::{Format, Paint};
use crate::report::workload::{groups, text};
use crate::report::{workload_page, write_atomically};
use crate::rule::{CannotJudge, Finding, JudgedPlans, RuleSet, judge_captured, judge_habits};
use crate::trace::export::{Stopped, json_lines, parquet_rows};
use crate::trace::overview::overview;
use crate::trace::{Folding, Reader, fold, merge};
use crate::workload::{gather_habits, habits_of_digest};

/// Look at captured workloads, and add them up
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the digest of a captured workload
    Show(ShowArgs),
    /// Write every captured statement as one JSON document a line
    Export(ExportArgs),
    /// Add captured workloads up: the same totals as one capture of all logs
    Merge(MergeArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The .workload file
    file: PathBuf,
    /// What to print: text, or json (one document and nothing else)
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true
    )]
    format: Format,
    /// Queries in each table
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Write a page with charts too
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Folder with rules of your own, beside the built-in ones: captured plans are judged by them
    #[arg(long = "rules", value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Rules in preview too, whose remedies helped too seldom: see planwise rules list
    #[arg(long)]
    preview: bool,
    /// Sum up by what statements say of themselves (route, controller, …), or by database, user, application
    #[arg(long, value_name = "TAG")]
    group_by: Option<String>,
    #[command(flatten)]
    fold: FoldArgs,
}

/// Counting the variants of one shape as one query.
#[derive(Debug, Clone, Copy, clap::Args)]
struct FoldArgs {
    /// Count statements that differ only in their lists of columns, the order of their AND terms or the length of lists as
    /// one query, as object-relational mappers write them
    #[arg(long)]
    fold: bool,
}

impl FoldArgs {
    fn of(self, reader: &Reader) -> Folding {
        match engine::by_name(&reader.summary.engine).filter(|_| self.fold) {
            Some(engine) => Folding::Variants(engine.dialect()),
            None => Folding::None,
        }
    }
}

/// Forms that other tools read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ExportForm {
    Jsonl,
    Parquet,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// The .workload file
    file: PathBuf,
    /// Form to write: jsonl (one JSON document a statement), or parquet
    #[arg(long, value_name = "FORM", value_enum, default_value = "jsonl")]
    to: ExportForm,
    /// The file to write; standard output without it
    #[arg(long, short = 'o', value_name = "FILE", aliases = ["output"])]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// The .workload files to add up
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    fold: FoldArgs,
    /// The .workload file to write
    #[arg(long, short = 'o', value_name = "FILE.workload", aliases = ["output"])]
    out: PathBuf,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let context = context.clone();
    tokio::task::spawn_blocking(move || match &args.action {
        Action::Show(args) => show(args, &context),
        Action::Merge(args) => add_up(args, &context),
        Action::Export(args) => export(args),
    })
    .await?
}

fn show(args: &ShowArgs, context: &Context) -> Result<Exit> {
    let rules = RuleSet::load(&args.rules)?.speaking(args.preview);
    let mut reader = Reader::open(&args.file)?;
    // Before anything is folded: statements name their queries by number.
    let (findings, cannot_judge) =
        context.interrupt.may_cut_off(|| judged_habits(&mut reader, &rules))?;
    let folding = args.fold.of(&reader);
    if args.fold.fold {
        fold(&mut reader.summary, folding);
    }
    let overview = overview(&reader.summary);
    let grouped = args.group_by.as_deref().map(|by| groups(&overview, by));
    let plans = judged(&reader, &rules);
    if let Some(file) = &args.html {
        write_atomically(file, workload_page(&overview, &plans, &findings)?.as_bytes())?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => {
            let mut document = serde_json::to_value(&overview)?;
            if let Some(object) = document.as_object_mut() {
                let habits = json!({ "findings": findings, "cannot_judge": cannot_judge });
                object.insert("habits".to_owned(), habits);
                if let Some(grouped) = &grouped {
                    object.insert("groups".to_owned(), serde_json::to_value(grouped)?);
                }
                object.insert("captured_plans".to_owned(), serde_json::to_value(&plans)?);
            }
            serde_json::to_writer_pretty(&mut out, &document)?;
            writeln!(out)?;
        }
        Format::Text => {
            let paint = Paint::new(context.color);
            let (groups, width) = (grouped.as_ref(), context.width);
            let text = text(&overview, &plans, groups, &findings, args.top, width, paint);
            out.write_all(text.as_bytes())?
        }
        Format::Markdown => {
            let message = "--format markdown: a workload is shown as text or json";
            return Err(InputError::new(message).into());
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

/// Plans of the log, judged; of a server that is not known any more there are none.
fn judged(reader: &Reader, rules: &RuleSet) -> JudgedPlans {
    let has_plans = reader.summary.queries.iter().any(|query| !query.plans.is_empty());
    match engine::by_name(&reader.summary.engine) {
        Some(engine) if has_plans => judge_captured(&reader.summary.queries, rules, engine),
        _ => JudgedPlans::default(),
    }
}

/// What the rules say of the sessions' habits. A capture of a server whose rules are not known has none.
fn judged_habits(reader: &mut Reader, rules: &RuleSet) -> Result<(Vec<Finding>, Vec<CannotJudge>)> {
    let Some(engine) = engine::by_name(&reader.summary.engine) else {
        return Ok(Default::default());
    };
    let habits = match reader.has_events() {
        true => gather_habits(reader, engine.dialect())?,
        false => habits_of_digest(&reader.summary, engine.dialect()),
    };
    let judgement = judge_habits(&habits, rules, engine);
    Ok((judgement.findings, judgement.cannot_judge))
}

fn export(args: &ExportArgs) -> Result<Exit> {
    let mut reader = Reader::open(&args.file)?;
    if !reader.has_events() {
        let message = format!("{} holds a digest and no single statements", args.file.display());
        return Err(InputError::new(message).into());
    }
    let out: Box<dyn Write + Send> = match &args.out {
        Some(file) => Box::new(
            File::create(file).with_context(|| format!("cannot write {}", file.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut out = io::BufWriter::new(out);
    let written = match args.to {
        ExportForm::Jsonl => json_lines(&mut reader, &mut out),
        ExportForm::Parquet => parquet_rows(&mut reader, &mut out),
    };
    match written {
        Ok(_) => out.flush()?,
        Err(Stopped::Read(error)) => return Err(error.into()),
        Err(Stopped::Write(error)) => return Err(error.into()),
    }
    Ok(Exit::Fine)
}

fn add_up(args: &MergeArgs, context: &Context) -> Result<Exit> {
    let spinner = context.progress.spinner("adding up");
    let folding = match args.files.first() {
        Some(first) => args.fold.of(&Reader::open(first)?),
        None => Folding::None,
    };
    let work = || merge(&args.out, &args.files, folding, |events| spinner.inc(events));
    let summary = context.interrupt.may_cut_off(work)?;
    spinner.finish_and_clear();
    if !context.quiet {
        let text = format!(
            "{} in {} written: {}",
            counted(summary.statements as usize, "statement", "statements"),
            counted(summary.sessions as usize, "session", "sessions"),
            crate::printable::one_line(&args.out.display().to_string())
        );
        crate::progress::say(&text);
    }
    Ok(Exit::Fine)
}
