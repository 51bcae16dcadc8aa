//! Copies to try changes on.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{
    Access, DbError, DbErrorKind, DumpOptions, Engine, Installation, ServerInfo, Session,
    SessionOptions,
};
use crate::progress::Progress;
use crate::run::Target;
use crate::sandbox::{Sandbox, SandboxError, SandboxOptions};

/// Attempts to copy a database inside the server, a tenth of a second apart.
const ATTEMPTS: u32 = 50;

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

/// Makes a second database like the one of `target`, on the same server: one to change.
/// Nobody else may be connected to the first meanwhile.
pub async fn duplicate(sandbox: &Sandbox, target: &Target) -> Result<Target, DbError> {
    let engine = target.engine;
    let from = sandbox.database();
    let to = format!("{}_after", from.chars().take(40).collect::<String>());
    let first = engine.launcher().first_database();
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        ..SessionOptions::default()
    };
    let mut session = engine.connect(&sandbox.url(first), &options).await?;
    clone_when_free(session.as_mut(), from, &to).await?;
    Ok(Target { url: sandbox.url(&to), ..target.clone() })
}

/// Sessions that have just been closed take a moment to be gone from the server.
async fn clone_when_free(session: &mut dyn Session, from: &str, to: &str) -> Result<(), DbError> {
    let mut attempts = ATTEMPTS;
    loop {
        match session.clone_database(from, to).await {
            Err(error) if attempts > 0 && error.kind == DbErrorKind::Statement => {
                tracing::debug!("not copied yet: {error}");
                attempts -= 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            outcome => return outcome,
        }
    }
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
    sandbox.load_dump(dump, progress).await?;
    let target = Target { url: sandbox.url(sandbox.database()), ..target.clone() };
    Ok(Copy { sandbox, target, notes: vec![note] })
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
