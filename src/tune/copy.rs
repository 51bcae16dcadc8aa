//! Copies to try changes on.

use std::path::PathBuf;

use crate::engine::{
    CarriedStatistics, DbError, DbErrorKind, DumpOptions, Engine, Installation, ServerInfo,
};
use crate::progress::Progress;
use crate::run::{Run, Target};
use crate::sandbox::{Sandbox, SandboxError, SandboxOptions};

/// Bytes on disk above which a database is not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimit(pub u64);

impl Default for CopyLimit {
    fn default() -> Self {
        CopyLimit(10 << 30)
    }
}

impl CopyLimit {
    /// `Err` says that the database is too large.
    pub fn refuses(self, server: &ServerInfo) -> Result<(), DbError> {
        let bytes = server.database_bytes.unwrap_or(0);
        if bytes <= self.0 {
            return Ok(());
        }
        let mega = |bytes: u64| bytes.div_ceil(1_000_000);
        let message = format!(
            "the database {} is too large to copy: {} MB, and the limit is {} MB",
            server.database,
            mega(bytes),
            mega(self.0)
        );
        let remedy = "raise --copy-limit where this machine has the room";
        Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy(remedy))
    }
}

/// A sandbox that holds a database restored from somewhere else.
pub struct Copy {
    pub sandbox: Sandbox,
    pub target: Target,
    /// What a reader must know of it.
    pub notes: Vec<String>,
}

/// Restores the database of `target` in a sandbox of the same version, or the next newer one installed.
/// `Err` holds the reason why there can be no copy; the caller goes on without one.
pub async fn copy_of(
    target: &Target,
    run: &Run,
    limit: CopyLimit,
    bin_dir: Option<PathBuf>,
    progress: Progress,
) -> Result<Copy, SandboxError> {
    let engine = target.engine;
    let installation = suitable(engine, &run.server, bin_dir)?;
    let options = DumpOptions { max_bytes: limit.0, bin_dir: Some(installation.bin_dir.clone()) };
    let dump = engine.dump(&target.url, &options).await?;
    let note = format!(
        "Changes were tried on a copy of {} on this machine (server {}): same data, this machine's speed.",
        dump.name, installation.version
    );
    let carried = engine.carried_settings(&run.settings, memory());
    let sandbox_options = SandboxOptions {
        bin_dir: Some(installation.bin_dir),
        settings: carried.settings.clone(),
        ..SandboxOptions::default()
    };
    let mut sandbox = Sandbox::start(engine, sandbox_options).await?;
    let loaded = sandbox.load_dump(dump, progress).await?;
    let statistics = statistics_notes(target, &mut sandbox).await?;
    let target = Target { url: sandbox.owner_url(sandbox.database()), ..target.clone() };
    let left_out = loaded.notes.iter().filter(|note| note.leaves_out());
    let left_out =
        left_out.map(|note| format!("On the copy, {} ({} times).", note.reason, note.count));
    let differing = carried.differing.iter().map(|what| format!("{what}."));
    let settings = settings_note(&carried.settings);
    let notes = [note]
        .into_iter()
        .chain(statistics)
        .chain(settings)
        .chain(differing)
        .chain(left_out)
        .collect();
    Ok(Copy { sandbox, target, notes })
}

/// Takes the statistics of the source over, and says what came of it: without them plans may be others.
async fn statistics_notes(
    target: &Target,
    sandbox: &mut Sandbox,
) -> Result<Vec<String>, SandboxError> {
    let copy = sandbox.url(sandbox.database());
    let carried = target.engine.carry_statistics(&target.url, &copy).await;
    if carried.as_ref().is_ok_and(|c| c.as_ref().is_some_and(|c| c.needs_restart)) {
        let settings = sandbox.settings().to_vec();
        sandbox.restart(settings).await?;
    }
    Ok(match carried {
        Ok(Some(carried)) => carried_note(&carried),
        Ok(None) => vec!["The copy's statistics were gathered anew.".to_owned()],
        Err(error) => vec![format!(
            "The copy's statistics were gathered anew, and its plans may be others than the source's: those of the source \
             could not be taken over ({error})."
        )],
    })
}

fn carried_note(carried: &CarriedStatistics) -> Vec<String> {
    let of = |number: usize, all: usize, what: &str| match number == all {
        true => format!("{all} {what}"),
        false => format!("{number} of {all} {what}"),
    };
    let tables = of(carried.tables, carried.tables_of_source, "tables");
    let histograms = match carried.histograms_of_source {
        0 => String::new(),
        all => format!(" and {}", of(carried.histograms, all, "histograms")),
    };
    let note = format!(
        "The copy's optimiser knows what the source's does: statistics of {tables}{histograms} were taken over."
    );
    [note].into_iter().chain(carried.remarks.iter().cloned()).collect()
}

fn settings_note(carried: &[(String, String)]) -> Option<String> {
    let pairs: Vec<String> = carried.iter().map(|(name, to)| format!("{name} = {to}")).collect();
    (!pairs.is_empty()).then(|| format!("Settings taken over for the copy: {}.", pairs.join(", ")))
}

/// Bytes of this machine, where it says so.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The oldest installation that is not older than the server: a dump never goes back in time.
fn suitable(
    engine: &dyn Engine,
    server: &ServerInfo,
    bin_dir: Option<PathBuf>,
) -> Result<Installation, DbError> {
    let wanted = server.version_number[0];
    let found = engine.launcher().find(bin_dir.as_deref());
    let newer = found.into_iter().filter(|i| i.version_number[0] >= wanted);
    newer.min_by_key(|installation| installation.version_number).ok_or_else(|| {
        let package = engine.launcher().package();
        DbError::new(
            DbErrorKind::Unsupported,
            format!("no server programs of version {wanted} or newer are installed here"),
        )
        .with_remedy(format!("install the package {package} of that version"))
    })
}
