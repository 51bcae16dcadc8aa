//! The verb's options, and its course.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::config::Config;
use super::judge::{self, Finding};
use super::measure;
use super::night::Night;
use crate::cli::{Context, MachineOutputs};
use crate::commands::Exit;
use crate::history::{self, History};
use crate::report::terminal::Format;

/// Measure, compare with earlier nights, fail when something got slower, and keep the record
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to measure, against what, and what to fail on
    #[arg(long, value_name = "FILE", default_value = "planwise.toml")]
    pub config: PathBuf,
    /// In place of the file's workload: the N queries [default: 100] that took most time, as the target's own statistics
    /// of statements have them
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "100")]
    pub from_db: Option<usize>,
    /// A name for tonight's run
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// The commit that is measured [default: the build service's, or the one checked out]
    #[arg(long, value_name = "ID")]
    pub commit: Option<String>,
    /// Tag tonight's run: it is never pruned, and can be a baseline by this name
    #[arg(long, value_name = "NAME")]
    pub tag: Option<String>,
    /// What to print on standard output: text, json (one document and nothing else), or markdown (as report.md)
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true
    )]
    pub format: Format,
    #[command(flatten)]
    pub machines: MachineOutputs,
}

/// Of one night: a machine that is not steady by then will not be tonight.
const MOST_MEASUREMENTS: u32 = 3;

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let config = Config::read(&args.config)?;
    let target = config.target(&args.config)?;
    let mut workload = config.workload(&args.config, args.from_db)?.read(&target, context).await?;
    let history = History::create(&config.history.folder)?;
    let night = Night::prepare(&config, &args, &history)?;
    let opened = target.open(&workload, context).await?;
    crate::cli::fill_values(&mut workload, &opened.target).await?;

    let label = args.label.as_deref();
    let mut tonight = measure::measure(&opened.target, &workload, &config, label, context).await?;
    let folder = args.config.parent().filter(|folder| !folder.as_os_str().is_empty());
    tonight.commit = history::commit(args.commit.as_deref(), folder.unwrap_or(Path::new(".")));
    if tonight.interrupted {
        return night.interrupted(tonight, context);
    }
    let Some(baseline) = history::choose(&history, &config.baseline(), &tonight)? else {
        return night.first(tonight, context);
    };
    let (mut latest, mut slower) = (judge::compare(&baseline, &tonight, &config), None);
    for _ in 1..MOST_MEASUREMENTS {
        slower = match judge::find(latest.clone(), slower, &config) {
            Finding::Settled(settled) => {
                return night.judged(baseline, tonight, settled, context);
            }
            Finding::Again { slower } => slower,
        };
        measure::again(&opened.target, &workload, &config, &mut tonight, context).await?;
        if tonight.interrupted {
            return night.interrupted(tonight, context);
        }
        latest = judge::compare(&baseline, &tonight, &config);
    }
    let settled = match judge::find(latest.clone(), slower, &config) {
        Finding::Settled(settled) => settled,
        Finding::Again { .. } => judge::unsettled(latest),
    };
    night.judged(baseline, tonight, settled, context)
}
