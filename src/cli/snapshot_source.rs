//! Where a planner's statistics come from: a snapshot, or a database that is read for one.

use std::path::PathBuf;

use anyhow::Result;

use super::{Context, FileError, InputError, NothingYet};
use crate::engine::{self, SessionOptions};
use crate::snapshot::{Replica, Snapshot, SnapshotError, drift, missed};
use crate::workload::Workload;

/// Options of verbs that plan on a replica.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Statistics")]
pub struct SnapshotArgs {
    /// Snapshot to plan by, as `planwise snapshot` writes it
    #[arg(long, value_name = "FILE", required_unless_present = "db")]
    pub snapshot: Option<PathBuf>,
    /// Database to take a snapshot of, or to compare the schema of the snapshot with
    #[arg(long, short = 'd', value_name = "URL", aliases = ["url", "source"])]
    pub db: Option<String>,
    /// Take the snapshot of --db anew and keep it in the file of --snapshot
    #[arg(long, requires_all = ["db", "snapshot"])]
    pub refresh: bool,
    /// Folder of the server programs that plan; those of the source's version by default
    #[arg(long = "pg-bin", alias = "server-bin", value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
    /// Role to plan as, where policies filter rows by it; the owner of everything by default
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
}

/// A snapshot, and what the database that was named has become since, as sentences.
pub struct Taken {
    pub snapshot: Snapshot,
    pub drift: Vec<String>,
}

impl SnapshotArgs {
    /// Reads the file, or the database, or both.
    ///
    /// # Errors
    /// Neither can be read, or the file holds no snapshot.
    pub async fn take(&self, context: &Context) -> Result<Taken> {
        let (kept, before) = match &self.snapshot {
            Some(file) if self.refresh => (None, read(file).ok()),
            Some(file) => (Some(read(file)?), None),
            None => (None, None),
        };
        let live = match &self.db {
            Some(url) => Some(self.live(url, before.as_ref(), context).await?),
            None => None,
        };
        Ok(match (kept, live) {
            (Some(snapshot), Some(live)) => {
                let drift = drift(&snapshot.state, &live.state);
                Taken { snapshot, drift }
            }
            (Some(snapshot), None) | (None, Some(snapshot)) => {
                Taken { snapshot, drift: Vec::new() }
            }
            (None, None) => {
                return Err(InputError::new(
                    "name a snapshot with --snapshot, or a database with --db",
                )
                .into());
            }
        })
    }

    /// What is taken anew has what it had `before`, and no more.
    async fn live(
        &self,
        url: &str,
        before: Option<&Snapshot>,
        context: &Context,
    ) -> Result<Snapshot> {
        let unknown = || InputError::new(format!("--db: use {}", engine::schemes()));
        let engine = engine::for_url(url).ok_or_else(unknown)?;
        let unsupported = || SnapshotError::Unsupported { engine: engine.name().to_owned() };
        let states = engine.planner_states().ok_or_else(unsupported)?;
        let spinner = context.progress.spinner("reading the catalog");
        let options = SessionOptions::default();
        let state = tokio::select! {
            biased;
            () = context.interrupt.wait() => Err(NothingYet.into()),
            state = states.read(url, &options) => state.map_err(anyhow::Error::from),
        };
        spinner.finish_and_clear();
        let mut state = state?;
        if before.is_some_and(|before| !before.state.ends.is_empty()) {
            states.read_ends(url, &options, &mut state).await?;
        }
        let mut snapshot = Snapshot::of(state);
        match before.filter(|before| before.redacted.is_some()) {
            Some(hashed) if hashed.salt.is_some() => snapshot.hash()?,
            Some(_) => snapshot.redact()?,
            None => {}
        }
        if let Some(file) = self.snapshot.as_ref().filter(|_| self.refresh) {
            snapshot.write(file).map_err(|cause| {
                let message = format!("--snapshot {}: cannot write there", file.display());
                FileError { message, cause }
            })?;
        }
        Ok(snapshot)
    }
}

/// # Errors
/// The file cannot be read, or holds no snapshot.
pub fn read(file: &std::path::Path) -> Result<Snapshot> {
    Snapshot::read(file).map_err(|error| match error.downcast::<std::io::Error>() {
        Ok(cause) => FileError::unreadable("--snapshot", file, cause).into(),
        Err(error) => error,
    })
}

/// A replica, unless the user ends it first.
///
/// # Errors
/// Those of [`Replica::start`].
pub async fn replica(
    snapshot: &Snapshot,
    bin_dir: Option<&std::path::Path>,
    context: &Context,
) -> Result<Replica> {
    tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        replica = Replica::start(snapshot, bin_dir, context.progress) => replica,
    }
}

/// The same, with plans of the role that was asked for.
///
/// # Errors
/// Those of [`replica`], and a role that the snapshot does not know.
pub async fn replica_for(
    args: &SnapshotArgs,
    snapshot: &Snapshot,
    context: &Context,
) -> Result<Replica> {
    if let Some(role) = &args.role
        && !snapshot.state.roles.iter().any(|known| known.name == *role)
    {
        let names: Vec<&str> = snapshot.state.roles.iter().map(|r| r.name.as_str()).collect();
        let known = match names.is_empty() {
            true => "it has no policies, so that every role's plans are the same".to_owned(),
            false => format!("it knows {}", names.join(", ")),
        };
        let message = format!("--role {role}: the snapshot has no such role; {known}");
        return Err(InputError::new(message).into());
    }
    let mut replica = replica(snapshot, args.bin_dir.as_deref(), context).await?;
    replica.role.clone_from(&args.role);
    Ok(replica)
}

/// What a reader of plans has to know of where they were made, as sentences.
pub fn notes(
    snapshot: &Snapshot,
    drift: &[String],
    replica: &Replica,
    workload: &Workload,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !drift.is_empty() {
        notes.push(format!(
            "the snapshot is of another schema: {}; take it anew with --refresh",
            drift.join("; ")
        ));
    }
    if !replica.missing_extensions.is_empty() {
        notes.push(format!(
            "extensions that are not installed here: {}; install their packages",
            replica.missing_extensions.join(", ")
        ));
    }
    notes.extend(replica.differing.iter().cloned());
    notes.extend(missed(&replica.left_out, workload, replica.engine.dialect()));
    notes.extend(snapshot.state.hidden.iter().cloned());
    notes.extend(snapshot.redacted.iter().cloned());
    notes
}
