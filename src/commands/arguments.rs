//! Verbs and the options that all of them share.

use clap::{Parser, Subcommand};

use super::known_words as words;
use super::{
    Exit, advise, answers, assert, capture, compare, demo, explain, health, history, inventory,
    manual, nightly, parity, rehearse, rules, run, runbook, sandbox, snapshot, tune, whatif,
    workload,
};

/// Finds out why a database is slow, proposes what to change, and proves that the change helped.
#[derive(Debug, Parser)]
#[command(name = "planwise", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = Exit::help())]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Print the verdict and errors only; the reports are written all the same
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never use colour (NO_COLOR does the same)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Log connections, settings, statements and times to standard error; twice for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tune the sample workload on a throwaway server: the two-minute tour
    Demo(demo::Args),
    /// Replay a workload, measure it, explain and judge its plans
    #[command(aliases = words::RUN_ALIASES)]
    Run(run::Args),
    /// Propose indexes, settings and statistics for a workload, without changing the database
    #[command(aliases = words::ADVISE_ALIASES)]
    Advise(advise::Args),
    /// Try the advice on a copy of the database, and keep what measurably helps
    #[command(aliases = words::TUNE_ALIASES)]
    Tune(Box<tune::Args>),
    /// Say what got slower, faster or different: between two runs, or between two sides measured in turn
    #[command(aliases = words::COMPARE_ALIASES)]
    Compare(Box<compare::Args>),
    /// Measure, compare with earlier nights, fail when something got slower, and keep the record
    Nightly(nightly::Args),
    /// Say what ails a server and what helps, without any workload
    Health(Box<health::Args>),
    /// Show, mark and prune the runs that the nightly job kept
    History(history::Args),
    /// List what a server holds, and what another version or engine does differently
    Inventory(inventory::Args),
    /// Compare the schema and every row of two databases, read-only on both sides
    Parity(Box<parity::Args>),
    /// Ask the application's queries on two servers, and compare rows, errors and times
    Answers(answers::Args),
    /// Try a move with the real tools on a throwaway target, time its phases, and extrapolate
    Rehearse(rehearse::Args),
    /// Fill a migration's runbook in with what was measured, and say whether it is a go
    Runbook(runbook::Args),
    /// Capture a workload from a server's logs
    Capture(capture::Args),
    /// Keep what a server's planner goes by in one file, without a row of its data
    Snapshot(snapshot::Args),
    /// Hold plans against what is expected of them, on statistics that stand still
    Assert(Box<assert::Args>),
    /// Say which plans a change of the schema, a setting or another version of the server would change
    #[command(alias = "what-if")]
    Whatif(Box<whatif::Args>),
    /// Look at captured workloads, and add them up
    Workload(workload::Args),
    /// List, show and check the rules
    Rules(rules::Args),
    /// Judge one EXPLAIN output, offline
    Explain(explain::Args),
    /// Open a throwaway server, print its URL, and keep it until Ctrl-C
    #[command(aliases = words::SANDBOX_ALIASES)]
    Sandbox(sandbox::Args),
    /// Print what a shell needs to complete planwise's options
    #[command(aliases = words::COMPLETIONS_ALIASES)]
    Completions(manual::CompletionArgs),
    /// Print the manual page, or write one page a verb into a folder
    Man(manual::ManArgs),
}
