//! Verbs and the options that all of them share.

use clap::{Parser, Subcommand};

use crate::commands::{
    advise, compare, demo, explain, history, manual, nightly, rules, run, sandbox, tune,
};

/// Finds out why a database is slow, proposes what to change, and proves that the change helped.
#[derive(Debug, Parser)]
#[command(name = "planwise", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 fine, 1 findings or regressions where asked to fail on them, \
2 wrong usage or input, 3 the database could not be reached or failed, 4 inconclusive where asked \
for certainty, 130 interrupted. Results so far are always saved."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never use colour (NO_COLOR does the same)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Log what happens to standard error; twice for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tune the sample workload on a throwaway server: the two-minute tour
    Demo(demo::Args),
    /// Replay a workload, measure it, explain and judge its plans
    Run(run::Args),
    /// Propose indexes, settings and statistics for a workload, without changing the database
    Advise(advise::Args),
    /// Try the advice on a copy of the database, and keep what measurably helps
    Tune(Box<tune::Args>),
    /// Say what got slower, faster or different: between two runs, or between two sides measured in turn
    Compare(Box<compare::Args>),
    /// Measure, compare with earlier nights, fail when something got slower, and keep the record
    Nightly(nightly::Args),
    /// Show, mark and prune the runs that the nightly job kept
    History(history::Args),
    /// List, show and check the rules
    Rules(rules::Args),
    /// Judge one EXPLAIN output, offline
    Explain(explain::Args),
    /// Open a throwaway server, print its URL, and keep it until Ctrl-C
    Sandbox(sandbox::Args),
    /// Print what a shell needs to complete planwise's options
    Completions(manual::CompletionArgs),
    /// Print the manual page, or write one page a verb into a folder
    Man(manual::ManArgs),
}
