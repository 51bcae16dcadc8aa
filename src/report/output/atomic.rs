//! One file, whole or not at all.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes beside the target and renames, so that a reader never sees half a file and an
/// interrupted write leaves the former one.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the output folder {}", folder.display()))?;
    replace(path, folder, content).with_context(|| {
        format!(
            "cannot write {}: files written before it are complete and stay; \
             choose another folder with --out, or free some space",
            path.display()
        )
    })
}

fn replace(path: &Path, folder: &Path, content: &[u8]) -> Result<()> {
    // The usual mode of a new file, which the umask narrows; a temporary file's own is private.
    let mode = fs::Permissions::from_mode(0o666);
    let mut file =
        tempfile::Builder::new().prefix(".planwise-").permissions(mode).tempfile_in(folder)?;
    // The file itself: the wrapper would hide the system's own number, which the exit status depends on.
    file.as_file_mut().write_all(content)?;
    file.persist(path)?;
    tracing::info!(file = %path.display(), bytes = content.len(), "written");
    Ok(())
}
