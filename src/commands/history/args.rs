//! The verb's options.

use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::{list, show};
use crate::cli::Context;
use crate::commands::Exit;
use crate::commands::nightly::Config;
use crate::history::{History, Outcome};

/// Show, mark and prune the runs that the nightly job kept
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the history [default: what planwise.toml says, or planwise-history]
    #[arg(long, value_name = "DIR", global = true)]
    pub history: Option<PathBuf>,
    #[command(subcommand)]
    pub action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Every run, newest last (the default)
    List,
    /// The trend of queries: sparkline, change points, the commit or label of each change
    Show {
        /// Queries by name; those that changed and the heaviest when none is named
        queries: Vec<String>,
    },
    /// A page with the trend of every query
    Html {
        /// The file to write
        #[arg(long, short, value_name = "FILE", default_value = "planwise-history.html")]
        out: PathBuf,
    },
    /// Say that a run is good or bad, or tag it
    Mark {
        /// Tag, label, commit or the beginning of the id
        run: String,
        #[arg(long, value_enum)]
        outcome: Option<Outcome>,
        /// A name to keep it by: a tagged run is never pruned
        #[arg(long, value_name = "NAME")]
        tag: Vec<String>,
    },
    /// Remove runs that are older; never a tagged one, never the last good one
    Prune {
        /// Age in days
        #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::cli::whole(1..=36_500))]
        days: u32,
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

pub fn run(args: Args, context: &Context) -> Result<Exit> {
    let folder = args.history.map_or_else(usual_folder, Ok)?;
    let history = History::open(&folder)?;
    match args.action.unwrap_or(Action::List) {
        Action::List => list::list(&history, context),
        Action::Show { queries } => show::show(&history, &queries, context),
        Action::Html { out } => show::html(&history, &out),
        Action::Mark { run, outcome, tag } => mark(&history, &run, outcome, tag),
        Action::Prune { days, dry_run } => prune(&history, days, dry_run),
    }
}

/// Where the nightly job that is run from here keeps its records.
fn usual_folder() -> Result<PathBuf> {
    let config = Path::new(CONFIG);
    match config.is_file() {
        true => Ok(Config::read(config)?.history.folder),
        false => Ok(PathBuf::from("planwise-history")),
    }
}

const CONFIG: &str = "planwise.toml";

fn mark(history: &History, run: &str, outcome: Option<Outcome>, tags: Vec<String>) -> Result<Exit> {
    let found = history.find(run)?;
    history.change_mark(&found.entry.id, |mark| {
        mark.outcome = outcome.unwrap_or(mark.outcome);
        mark.tags.extend(tags);
        mark.tags.sort();
        mark.tags.dedup();
    })?;
    let kept = history.find(&found.entry.id)?;
    let (name, word) = (kept.entry.name(), kept.mark.outcome.word());
    writeln!(stdout().lock(), "{name} is {word}; tags: {}", listed(&kept.mark.tags))?;
    Ok(Exit::Fine)
}

fn listed(tags: &[String]) -> String {
    if tags.is_empty() { "none".to_owned() } else { tags.join(", ") }
}

fn prune(history: &History, days: u32, dry_run: bool) -> Result<Exit> {
    let age = Duration::from_secs(u64::from(days) * 24 * 3600);
    let pruned = history.prune(age, dry_run)?;
    let verb = if dry_run { "would be removed" } else { "removed" };
    let mut out = stdout().lock();
    for kept in &pruned.removed {
        let when = kept.entry.started.strftime("%Y-%m-%d %H:%M");
        writeln!(out, "{verb}: {} of {when}", crate::printable::one_line(&kept.entry.name()))?;
    }
    let (removed, spared) = (pruned.removed.len(), pruned.spared);
    writeln!(out, "{removed} {verb}; {spared} older ones stay: tagged, or the last good one")?;
    Ok(Exit::Fine)
}
