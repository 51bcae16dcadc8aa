//! The directory of one throwaway server, and the lock that says that somebody still owns it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use super::account::everybody_can_enter;
use super::watchdog::Watchdog;
use crate::engine::RunAs;

/// What names of folders begin with that a killed planwise may leave behind.
pub const PREFIXES: [&str; 2] = [PREFIX, DEMO_PREFIX];
pub const PREFIX: &str = "planwise-sandbox-";
pub const DEMO_PREFIX: &str = "planwise-demo-";
const LOCK: &str = "lock";

/// A socket's path may have 107 bytes; the longest of what comes below the root is
/// `/planwise-sandbox-123456/.s.ENGINE.12345`.
const LONGEST_ROOT: usize = 107 - 44;

/// Removed with everything in it when dropped.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    _lock: Flock<File>,
    _watchdog: Option<Watchdog>,
}

impl Directory {
    /// Creates a private directory below `root`, owned by `owner`.
    pub fn create(root: &Path, owner: Option<&RunAs>) -> io::Result<Directory> {
        Directory::named(PREFIX, root, owner)
    }

    /// For the files of the demo, among the temporary ones.
    pub fn for_demo() -> io::Result<Directory> {
        Directory::named(DEMO_PREFIX, &std::env::temp_dir(), None)
    }

    fn named(prefix: &str, root: &Path, owner: Option<&RunAs>) -> io::Result<Directory> {
        loop {
            let path = tempfile::Builder::new().prefix(prefix).tempdir_in(root)?.keep();
            // Another start may sweep the directory away before it is locked: then take a new one.
            if let Some(lock) = new_lock(&path)? {
                let watchdog = Watchdog::over(&path);
                let directory = Directory { path, _lock: lock, _watchdog: watchdog };
                if let Some(owner) = owner {
                    chown(&directory.path, Some(owner.uid), Some(owner.gid))?;
                }
                return Ok(directory);
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// Where directories go: the usual temporary folder, unless a server of another account could not
/// get there or its socket's path would be too long.
pub fn default_root(run_as: Option<&RunAs>) -> PathBuf {
    let usual = std::env::temp_dir();
    let reachable = run_as.is_none() || everybody_can_enter(&usual);
    let short = usual.as_os_str().len() <= LONGEST_ROOT;
    if reachable && short && usual.is_absolute() { usual } else { PathBuf::from("/tmp") }
}

/// `None` when the directory was taken for an abandoned one meanwhile.
fn new_lock(directory: &Path) -> io::Result<Option<Flock<File>>> {
    let path = directory.join(LOCK);
    let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else { return Ok(None) };
    let still_there = fs::metadata(&path).is_ok_and(|now| same_file(&now, &lock));
    Ok(still_there.then_some(lock))
}

fn same_file(data: &fs::Metadata, file: &File) -> bool {
    file.metadata().is_ok_and(|own| own.ino() == data.ino() && own.dev() == data.dev())
}

/// The lock of a directory whose owner is gone, to be held while it is removed. `None` while the
/// owner lives.
pub fn lock_of_abandoned(directory: &Path) -> Option<Flock<File>> {
    let mut options = OpenOptions::new();
    let flags = nix::libc::O_NOFOLLOW;
    let file = options.write(true).custom_flags(flags).open(directory.join(LOCK)).ok()?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()
}

/// Removes the directory, its lock last: an interrupted removal is taken up by the next start.
/// A process of the server that is just ending may still add a file, hence several attempts.
pub fn remove(directory: &Path) -> io::Result<()> {
    let mut attempts = 0;
    loop {
        match remove_once(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) if attempts < 20 => attempts += 1,
            outcome => return outcome,
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn remove_once(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let outcome = match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path()),
            false if entry.file_name() == LOCK => Ok(()),
            false => fs::remove_file(entry.path()),
        };
        outcome.or_else(already_gone)?;
    }
    fs::remove_file(directory.join(LOCK)).or_else(already_gone)?;
    fs::remove_dir(directory)
}

fn already_gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_held_until_the_directory_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let directory = Directory::create(root.path(), None).unwrap();
        let path = directory.path().to_owned();
        assert!(lock_of_abandoned(&path).is_none());
        fs::create_dir_all(path.join("data/deep")).unwrap();
        fs::write(path.join("data/deep/file"), "x").unwrap();
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn a_symbolic_link_in_it_is_removed_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("precious"), "x").unwrap();
        let directory = Directory::create(root.path(), None).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), directory.path().join("data")).unwrap();
        drop(directory);
        assert!(elsewhere.path().join("precious").exists());
    }

    #[test]
    fn two_directories_of_one_root_do_not_meet() {
        let root = tempfile::tempdir().unwrap();
        let one = Directory::create(root.path(), None).unwrap();
        let two = Directory::create(root.path(), None).unwrap();
        assert_ne!(one.path(), two.path());
    }
}
