//! The rental workload as it was compiled in, so that the demonstration runs from anywhere.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

static RENTAL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workloads/rental");

/// Writes the files that `workload::read` needs, and those that say what they are, into `folder`.
pub fn unpack(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in RENTAL.files() {
        fs::write(folder.join(file.path()), file.contents())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unpacked_folder_is_the_one_in_the_sources() {
        let folder = tempfile::tempdir().unwrap();
        unpack(&folder.path().join("new")).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental");
        for name in ["workload.toml", "queries.sql"] {
            let unpacked = fs::read(folder.path().join("new").join(name)).unwrap();
            assert_eq!(unpacked, fs::read(sources.join(name)).unwrap(), "{name}");
        }
    }
}
