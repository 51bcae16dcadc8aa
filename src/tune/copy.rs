//! Copies to try changes on.

use std::path::PathBuf;

use crate::engine::{DbError, DbErrorKind, DumpOptions, Engine, Installation, ServerInfo};
use crate::progress::Progress;
use crate::run::Target;
use crate::sandbox::{Sandbox, SandboxError, SandboxOptions};

/// Bytes on disk above which a database is not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimit(pub u64);

impl Default for CopyLimit {
    fn default() -> Self {
        CopyLimit(10 << 30)
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
    server: &ServerInfo,
    limit: CopyLimit,
    bin_dir: Option<PathBuf>,
    progress: Progress,
) -> Result<Copy, SandboxError> {
    let engine = target.engine;
    let installation = suitable(engine, server, bin_dir)?;
    let options = DumpOptions { max_bytes: limit.0, bin_dir: Some(installation.bin_dir.clone()) };
    let dump = engine.dump(&target.url, &options).await?;
    let note = format!(
        "Changes were tried on a copy of {} on this machine (server {}): same data, freshly \
         gathered statistics, this machine's speed.",
        dump.name, installation.version
    );
    let sandbox_options =
        SandboxOptions { bin_dir: Some(installation.bin_dir), ..SandboxOptions::default() };
    let mut sandbox = Sandbox::start(engine, sandbox_options).await?;
    let loaded = sandbox.load_dump(dump, progress).await?;
    let left_out = loaded.notes.iter().filter(|note| note.leaves_out());
    let left_out =
        left_out.map(|note| format!("On the copy, {} ({} times).", note.reason, note.count));
    let notes = std::iter::once(note).chain(left_out).collect();
    let target = Target { url: sandbox.owner_url(sandbox.database()), ..target.clone() };
    Ok(Copy { sandbox, target, notes })
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
