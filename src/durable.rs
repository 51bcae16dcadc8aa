//! Files that are whole or not there, even when the power goes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Begins the name of a file that is not finished.
pub const UNFINISHED: &str = ".unfinished-";

/// Writes beside the target, flushes to the disk, renames, and flushes the folder.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    // A bare name has an empty parent, which no system call takes for this folder.
    let named = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = named.unwrap_or(Path::new("."));
    // The usual mode of a new file, which the umask narrows; a temporary file's own is private.
    let mode = fs::Permissions::from_mode(0o666);
    let builder = &mut tempfile::Builder::new();
    let mut file = builder.prefix(UNFINISHED).permissions(mode).tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// What killed writers left. Only for the holder of the lock: nobody else is writing then.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_finished_is_swept_and_the_rest_stays() {
        let folder = tempfile::TempDir::new().unwrap();
        write(&folder.path().join("a.json"), b"1").unwrap();
        write(&folder.path().join("a.json"), b"22").unwrap();
        fs::write(folder.path().join(".unfinished-x1"), "half").unwrap();
        sweep(folder.path());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1);
        assert_eq!(fs::read(left[0].path()).unwrap(), b"22");
    }
}
