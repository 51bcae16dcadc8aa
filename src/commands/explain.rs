//! `planwise explain`: one pasted EXPLAIN output, judged offline.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::thread;

use anyhow::Result;
use tokio::sync::oneshot;

use super::explained_files::Written;
use super::{Exit, explained_change, plan_input};
use crate::cli::Context;
use crate::engine::Engine;
use crate::plan::{Plan, measure};
use crate::printable::one_line;
use crate::report::explanation::Explanation;
use crate::report::format::counted;
use crate::report::terminal::Format;
use crate::report::{markdown, terminal};
use crate::rule::{RuleSet, judge_plan};

/// Judge one EXPLAIN output, offline: annotated tree, findings, and what the plan cannot tell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File with EXPLAIN's output (JSON or text; from a shell's table or a log as well), or - for standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// A second plan of the same statement: what changed between the two
    #[arg(value_name = "AFTER", conflicts_with = "query")]
    after: Option<PathBuf>,
    /// Engine that made the plan; without it, whichever can read it
    #[arg(long, value_name = "NAME")]
    engine: Option<String>,
    /// File with the statement that was explained: more rules can judge with it
    #[arg(long, value_name = "FILE")]
    query: Option<PathBuf>,
    /// What to print: text, json (one document and nothing else), or markdown
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true
    )]
    format: Format,
    /// Write the explanation into a file too, by its ending: .html, .md, .json or .txt; or all of them into a folder
    #[arg(long, short = 'o', value_name = "FILE|DIR", aliases = ["output"])]
    out: Option<PathBuf>,
    /// Folder with rules of your own, beside the built-in ones
    #[arg(long = "rules", value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Rules in preview too, whose remedies helped too seldom: see planwise rules list
    #[arg(long)]
    preview: bool,
}

/// For trees as deep as a plan may be; a thread's usual two megabytes are for shallower work.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// The work is done on a thread of its own, so that the first signal ends it whatever it waits for.
pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let (done, answer) = oneshot::channel();
    let (width, color, quiet) = (context.width, context.color, context.quiet);
    let work = move || {
        // Nobody waits for the answer once a signal came.
        let _ = done.send(print_answer(&args, width, color, quiet));
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(work)?;
    tokio::select! {
        printed = answer => printed??,
        () = context.interrupt.wait() => leave(),
    };
    Ok(Exit::Fine)
}

/// Nothing is held that would have to be given back, and the thread may wait for a pipe for ever.
fn leave() -> ! {
    eprintln!("interrupted");
    std::process::exit(Exit::Interrupted as i32)
}

fn print_answer(args: &Args, width: usize, color: bool, quiet: bool) -> Result<()> {
    if let Some(after) = &args.after {
        let engine = args.engine.as_deref();
        let out = args.out.as_deref();
        return explained_change::print(&args.plan, after, engine, args.format, width, out);
    }
    let named = args.out.as_deref().map(Written::named).transpose()?;
    let rules = RuleSet::load(&args.rules)?.speaking(args.preview);
    let text = plan_input::read(&args.plan)?;
    let (plan, engine) = plan_input::parse(&text, &args.plan, args.engine.as_deref())?;
    drop(text);
    let query = args.query.as_deref().map(plan_input::read).transpose()?;
    let explanation = explain(plan, query.as_deref(), &rules, engine);
    let files = match &named {
        Some(named) => named.write(&explanation)?,
        None => Vec::new(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match args.format {
        Format::Text if quiet && named.is_some() => Ok(()),
        Format::Text => out.write_all(terminal::explanation(&explanation, width, color).as_bytes()),
        Format::Markdown => out.write_all(markdown::explanation(&explanation).as_bytes()),
        Format::Json => explanation.write_json(&mut out),
    };
    let said = match args.format {
        Format::Text => files
            .iter()
            .map(|file| format!("Written: {}\n", one_line(&file.display().to_string())))
            .collect(),
        _ => String::new(),
    };
    let written = written.and_then(|()| out.write_all(said.as_bytes()));
    Ok(unless_closed(written.and_then(|()| out.flush()))?)
}

fn explain(plan: Plan, sql: Option<&str>, rules: &RuleSet, engine: &dyn Engine) -> Explanation {
    let measurements = measure(&plan);
    let judgement = judge_plan(&plan, &measurements, sql, rules, engine);
    let (format, planwise) = Explanation::envelope();
    let fuller = engine.fuller_explain(&plan, sql);
    let verdict = Explanation::verdict(&plan, &measurements, &judgement.findings, fuller.as_ref());
    Explanation {
        format,
        planwise,
        engine: engine.name().to_owned(),
        fuller,
        verdict,
        notes: notes(&plan, sql.is_some()),
        findings: judgement.findings,
        cannot_judge: judgement.cannot_judge,
        measurements,
        plan,
    }
}

fn notes(plan: &Plan, has_statement: bool) -> Vec<String> {
    let further = plan.extra.get("Further Plans").and_then(serde_json::Value::as_u64);
    let mut notes: Vec<String> = plan.notices.clone();
    notes.extend(further.map(|more| {
        let plans = counted(usize::try_from(more).unwrap_or(usize::MAX), "more plan", "more plans");
        format!("The input holds {plans}: only the first is judged.")
    }));
    if plan.root.actual.is_some() {
        notes.push("One execution: run it again before acting on a time.".to_owned());
    }
    if !has_statement && plan.query_text.is_none() {
        notes.push("With its statement (--query FILE) more rules can judge it.".to_owned());
    }
    notes
}

/// A reader that closes the pipe early is no error.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
