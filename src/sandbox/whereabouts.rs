//! Which processes work in a folder: how what belongs to a sandbox is told from everything else.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// No sandbox has folders nested deeper than this.
const DEEPEST: usize = 32;

/// Whether the process of that `/proc/PID` works in `folder` or below it.
///
/// Folders are compared by what they are. The path that `/proc/PID/cwd` shows is another one where the
/// reader is in a `chroot` and the process in a view of the file system of its own, as our servers are.
pub fn works_in(process: &Path, folder: &Path) -> bool {
    let Ok(wanted) = fs::metadata(folder) else { return named_in(process, folder) };
    let mut place = process.join("cwd");
    for _ in 0..DEEPEST {
        let Ok(here) = fs::metadata(&place) else { return named_in(process, folder) };
        if (here.dev(), here.ino()) == (wanted.dev(), wanted.ino()) {
            return true;
        }
        place.push("..");
        if fs::metadata(&place)
            .is_ok_and(|above| above.ino() == here.ino() && above.dev() == here.dev())
        {
            return false;
        }
    }
    false
}

/// For a folder that is removed already: the link still holds its name.
fn named_in(process: &Path, folder: &Path) -> bool {
    fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
}

/// The `/proc/PID` of each process that works in `folder` or below it, as far as this account may see.
pub fn working_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|process| works_in(process, folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_found_by_its_folder_and_those_above_and_not_by_one_beside() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("data/base/1");
        let beside = root.path().join("data2");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir(&beside).unwrap();
        let mut child = Command::new("sleep").arg("600").current_dir(&deep).spawn().unwrap();
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        for folder in [deep.as_path(), &root.path().join("data"), root.path()] {
            assert_eq!(working_in(folder), [process.as_path()], "{}", folder.display());
        }
        assert!(!works_in(&process, &beside));
        fs::remove_dir_all(root.path()).unwrap();
        assert!(works_in(&process, root.path()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!works_in(&process, root.path()));
    }
}
