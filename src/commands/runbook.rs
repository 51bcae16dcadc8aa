//! `planwise runbook`: goals and facts as one page, and whether it is a go.

use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::Timestamp;

use super::Exit;
use super::migration_side::Shown;
use crate::bounded;
use crate::cli::{Context, FileError, InputError, PageArgs};
use crate::migrate::runbook::CheckState;
use crate::migrate::runbook::{Facts, RUNBOOK_FORMAT, Runbook, RunbookConfig, checklist, downtime};
use crate::report::migration::runbook_page;
use crate::report::terminal::Format;

/// Fill a migration's runbook in with what the other commands measured, and say whether it is a go
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Goals, limits, the way back, and where the evidence lies
    #[arg(long, value_name = "FILE", default_value = "migration.toml")]
    config: PathBuf,
    /// Exit with status 4 while checks are open, and 1 when one failed
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    page: PageArgs,
}

/// Where the runbook is written, unless another folder is named.
const FOLDER: &str = "planwise-out";

pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let runbook = filled_in(&args.config)?;
    let page = runbook_page(&runbook);
    let shown = Shown {
        document: &runbook,
        page: &page,
        name: "runbook",
        out: Some(args.page.out.as_deref().unwrap_or(Path::new(FOLDER))),
        format: args.page.format,
    };
    shown.publish(context)?;
    let failed = runbook.checks.iter().any(|check| check.state == CheckState::Failed);
    Ok(match (args.gate, failed, runbook.go) {
        (false, ..) | (true, _, true) => Exit::Fine,
        (true, true, false) => Exit::Found,
        (true, false, false) => Exit::Inconclusive,
    })
}

/// Writes the files and returns the verdict in a sentence.
pub fn written(config: &Path, out: &Path) -> Result<String> {
    let runbook = filled_in(config)?;
    let page = runbook_page(&runbook);
    let format = Format::Json;
    Shown { document: &runbook, page: &page, name: "runbook", out: Some(out), format }.save()?;
    let proven = runbook.checks.iter().filter(|check| check.state == CheckState::Proven).count();
    Ok(format!("{proven} of {} checks of the runbook are proven", runbook.checks.len()))
}

fn filled_in(path: &Path) -> Result<Runbook> {
    let text = bounded::read_text(path, bounded::SMALL)
        .map_err(|cause| FileError::unreadable("--config", path, cause))?;
    let config: RunbookConfig = toml::from_str(&text)
        .map_err(|error| InputError::new(format!("--config {}: {error}", path.display())))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let facts = Facts::read(folder, &config.evidence)
        .map_err(|error| InputError::new(format!("[evidence] {error}")))?;
    let written = Timestamp::now();
    let downtime = downtime(&facts, &config.seconds);
    let checks = checklist(&config, &facts, downtime.as_ref(), written);
    let go = checks.iter().all(|check| check.state == CheckState::Proven);
    let planwise = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Runbook { format: RUNBOOK_FORMAT, planwise, written, config, facts, checks, downtime, go })
}
