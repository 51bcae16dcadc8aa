//! New clusters kept for the next start: initialising takes a second, copying a twentieth.
//!
//! An entry is a folder `<engine>-<version>-<digest>` with the cluster in `data` and a `manifest`
//! beside it. The digest stands for everything that goes into a cluster, so an entry made by another
//! build of the server, another recipe or another account is never found. Entries appear by rename:
//! whoever sees one sees all of it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};
use nix::unistd::Uid;
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Installation, Layout, RunAs};

/// Raised whenever something about how clusters are made changes that the digest does not see.
const RECIPE: u32 = 1;
const UNFINISHED: &str = ".unfinished-";
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug, Clone)]
pub struct CacheEntry {
    folder: PathBuf,
    name: String,
}

impl CacheEntry {
    /// The entry below `folder` for such clusters, whether it exists or not. `None` when the folder
    /// cannot be used: then clusters are simply made anew.
    pub fn find(
        folder: &Path,
        engine: &dyn Engine,
        installation: &Installation,
        run_as: Option<&RunAs>,
    ) -> Option<CacheEntry> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
        let private = fs::metadata(folder).ok().filter(is_private)?;
        debug_assert!(private.is_dir());
        let digest = digest(engine, installation, run_as)?;
        let name = format!("{}-{}-{digest}", engine.name(), installation.version);
        Some(CacheEntry { folder: folder.to_owned(), name: name.replace('/', "_") })
    }

    /// The cluster to copy, when it is there and whole.
    pub fn cluster(&self) -> Option<PathBuf> {
        let entry = self.path();
        let promised = fs::read_to_string(entry.join("manifest")).ok()?;
        let data = entry.join("data");
        if manifest(&data).ok()? != promised {
            return None;
        }
        let _ = File::open(&entry).and_then(|entry| entry.set_modified(SystemTime::now()));
        Some(data)
    }

    /// One process at a time makes a cluster; the others wait for it.
    pub async fn lock(&self) -> Option<Flock<File>> {
        let path = self.folder.join(format!("{}.lock", self.name));
        loop {
            let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            match Flock::lock(open.ok()?, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Some(lock),
                Err(_) => tokio::time::sleep(Duration::from_millis(15)).await,
            }
        }
    }

    /// A fresh folder to put a cluster into before [`CacheEntry::publish`].
    pub fn draft(&self) -> io::Result<tempfile::TempDir> {
        self.remove_old();
        tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder)
    }

    /// Makes a draft with a cluster in its `data` the entry, in place of whatever was there.
    pub fn publish(&self, draft: tempfile::TempDir) -> io::Result<()> {
        fs::write(draft.path().join("manifest"), manifest(&draft.path().join("data"))?)?;
        self.discard();
        fs::rename(draft.path(), self.path())
    }

    /// Takes the entry away at once; whoever is copying it notices by a failing copy.
    pub fn discard(&self) {
        let Ok(bin) = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder) else {
            return;
        };
        let _ = fs::rename(self.path(), bin.path().join("discarded"));
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Clusters that nobody has used for a month, and drafts of processes that were killed.
    fn remove_old(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let age = entry.metadata().and_then(|data| data.modified()).ok();
            let age = age.and_then(|time| time.elapsed().ok()).unwrap_or_default();
            let draft = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
            if age > KEPT || (draft && age > Duration::from_secs(3600)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// `$XDG_CACHE_HOME/planwise`, `~/.cache/planwise`, or a folder of the user's own among temporary files.
pub fn default_folder() -> PathBuf {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("planwise"))
        .unwrap_or_else(|| {
            std::env::temp_dir().join(format!("planwise-cache-{}", Uid::effective()))
        })
}

/// Nobody else may put clusters there: their settings would run as the sandbox's account.
fn is_private(data: &fs::Metadata) -> bool {
    data.is_dir() && data.uid() == Uid::effective().as_raw() && data.mode() & 0o022 == 0
}

/// Everything a new cluster depends on.
fn digest(
    engine: &dyn Engine,
    installation: &Installation,
    run_as: Option<&RunAs>,
) -> Option<String> {
    let launcher = engine.launcher();
    let anywhere = Layout { data: "data".into(), socket_dir: "socket".into(), run_as: None };
    let server = launcher.start(installation, &anywhere, &[]);
    let program = fs::metadata(server.get_program()).ok()?;
    let recipe = format!(
        "{RECIPE} {} {installation:?} {:?} {} {} {:?} {:?} {run_as:?}",
        env!("CARGO_PKG_VERSION"),
        launcher.initialise(installation, &anywhere),
        program.len(),
        program.mtime(),
        server,
        launcher.optional_setup(installation),
    );
    let hash = Sha256::digest(recipe.as_bytes());
    Some(hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// Number and total size of the files below `folder`: what a damaged or half-deleted cluster lacks.
fn manifest(folder: &Path) -> io::Result<String> {
    let (mut files, mut bytes) = (0u64, 0u64);
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => pending.push(entry.path()),
                false => {
                    files += 1;
                    bytes += entry.metadata()?.len();
                }
            }
        }
    }
    Ok(format!("{files} files, {bytes} bytes\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(folder: &Path) -> CacheEntry {
        CacheEntry { folder: folder.to_owned(), name: "engine-1-abc".into() }
    }

    fn fill(entry: &CacheEntry, text: &str) {
        let draft = entry.draft().unwrap();
        fs::create_dir_all(draft.path().join("data/base")).unwrap();
        fs::write(draft.path().join("data/base/file"), text).unwrap();
        entry.publish(draft).unwrap();
    }

    #[test]
    fn an_entry_is_there_once_published_and_can_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path());
        assert_eq!(entry.cluster(), None);
        fill(&entry, "one");
        fill(&entry, "other");
        let data = entry.cluster().unwrap();
        assert_eq!(fs::read_to_string(data.join("base/file")).unwrap(), "other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_entry_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path());
        fill(&entry, "whole");
        fs::write(entry.path().join("data/base/file"), "wh").unwrap();
        assert_eq!(entry.cluster(), None);
        fill(&entry, "whole");
        fs::remove_file(entry.path().join("data/base/file")).unwrap();
        assert_eq!(entry.cluster(), None);
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        assert!(is_private(&fs::metadata(folder.path()).unwrap()));
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        assert!(!is_private(&fs::metadata(folder.path()).unwrap()));
    }

    #[tokio::test]
    async fn the_lock_is_given_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path());
        let held = entry.lock().await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(60), entry.lock());
        assert!(waiting.await.is_err());
        drop(held);
        assert!(entry.lock().await.is_some());
    }
}
