//! Leftovers of a planwise that was killed outright: found and removed by the next start.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, Uid};

use super::directory::{PREFIXES, lock_of_abandoned, remove};
use super::server::PID_FILE;
use super::whereabouts::works_in;

const PATIENCE: Duration = Duration::from_secs(3);

/// Removes every directory below `root` that is one of ours and whose owner no longer lives. Others'
/// directories, and those of living owners, are left alone.
pub fn sweep(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && is_own(&entry.path()) {
            clear(&entry.path());
        }
    }
}

/// A real folder with a lock that we made, whatever account its server ran as: what strangers put
/// into a shared temporary folder is not believed.
fn is_own(path: &Path) -> bool {
    let Ok(folder) = fs::symlink_metadata(path) else { return false };
    let owner = fs::symlink_metadata(path.join("lock")).map_or(folder.uid(), |lock| lock.uid());
    folder.is_dir() && owner == Uid::effective().as_raw()
}

fn clear(directory: &Path) {
    match lock_of_abandoned(directory) {
        Some(_lock) => {
            end_server(directory);
            let removed = remove(directory);
            tracing::debug!("abandoned {}: {removed:?}", directory.display());
        }
        // No lock yet, because its owner has only just begun: succeeds only while it is empty, and
        // the owner then takes another name.
        None if !directory.join("lock").exists() => drop(fs::remove_dir(directory)),
        None => {}
    }
}

/// Ends the server recorded in the directory, when the process of that number is indeed that one.
fn end_server(directory: &Path) {
    let Some(pid) = recorded(directory).filter(|pid| lives_in(*pid, directory)) else { return };
    let _ = kill(pid, Signal::SIGQUIT);
    let deadline = Instant::now() + PATIENCE;
    while kill(pid, None) != Err(Errno::ESRCH) && lives_in(pid, directory) {
        if Instant::now() > deadline {
            let _ = killpg(pid, Signal::SIGKILL);
            let _ = kill(pid, Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn recorded(directory: &Path) -> Option<Pid> {
    let number: i32 = fs::read_to_string(directory.join(PID_FILE)).ok()?.trim().parse().ok()?;
    (number > 1).then(|| Pid::from_raw(number))
}

/// Numbers are given out again: the process must work in the directory or have been told of it.
fn lives_in(pid: Pid, directory: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    works_in(&process, &directory) || named_on_command_line(&process, &directory)
}

fn named_on_command_line(process: &Path, directory: &Path) -> bool {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    let data = directory.join("data");
    let data = data.as_os_str().as_encoded_bytes();
    line.split(|byte| *byte == 0).any(|word| word.ends_with(data))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::sandbox::directory::{DEMO_PREFIX, Directory, PREFIX};

    fn abandoned(root: &Path, pid: u32) -> PathBuf {
        let path = root.join(format!("{PREFIX}dead00"));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("lock"), "").unwrap();
        fs::write(path.join(PID_FILE), pid.to_string()).unwrap();
        path
    }

    #[test]
    fn a_stranger_with_the_recorded_number_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let mut stranger = Command::new("sleep").arg("60").current_dir("/").spawn().unwrap();
        let path = abandoned(root.path(), stranger.id());
        sweep(root.path());
        assert!(!path.exists());
        assert_eq!(stranger.try_wait().unwrap(), None);
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[test]
    fn the_recorded_server_is_ended() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(format!("{PREFIX}dead00"));
        fs::create_dir(&path).unwrap();
        let mut command = Command::new("sleep");
        let mut server = command.arg("60").current_dir(&path).stdin(Stdio::null()).spawn().unwrap();
        fs::write(path.join("lock"), "").unwrap();
        fs::write(path.join(PID_FILE), server.id().to_string()).unwrap();
        let waiter = std::thread::spawn(move || server.wait().unwrap());
        sweep(root.path());
        assert!(!waiter.join().unwrap().success());
        assert!(!path.exists());
    }

    #[test]
    fn the_folder_of_a_killed_demo_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(format!("{DEMO_PREFIX}dead00"));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("lock"), "").unwrap();
        fs::write(path.join("queries.sql"), "SELECT 1;").unwrap();
        sweep(root.path());
        assert!(!path.exists());
    }

    #[test]
    fn the_account_that_a_server_ran_as_does_not_matter() {
        let root = tempfile::tempdir().unwrap();
        let path = abandoned(root.path(), 0);
        if Uid::effective().is_root() {
            std::os::unix::fs::chown(&path, Some(12345), Some(12345)).unwrap();
        }
        sweep(root.path());
        assert!(!path.exists());
    }

    #[test]
    fn a_strangers_folder_under_our_name_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let path = abandoned(root.path(), 0);
        if Uid::effective().is_root() {
            std::os::unix::fs::chown(path.join("lock"), Some(12345), Some(12345)).unwrap();
            sweep(root.path());
            assert!(path.exists());
        }
    }

    #[test]
    fn living_owners_and_other_names_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let living = Directory::create(root.path(), None).unwrap();
        let other = root.path().join("planwise-notes");
        fs::create_dir(&other).unwrap();
        sweep(root.path());
        assert!(living.path().exists());
        assert!(other.exists());
    }

    #[test]
    fn a_link_planted_under_our_name_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("lock"), "").unwrap();
        std::os::unix::fs::symlink(target.path(), root.path().join(format!("{PREFIX}link")))
            .unwrap();
        sweep(root.path());
        assert!(target.path().join("lock").exists());
    }
}
