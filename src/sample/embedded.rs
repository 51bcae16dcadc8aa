//! The rental workload as it was compiled in, so that the demonstration runs from anywhere.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

static WORKLOADS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workloads");

/// Names the engines that the folder around it is written for.
const ENGINES: &str = "schema/engine";

/// The rental workload as it is written for `engine`.
pub fn form(engine: &str) -> Option<&'static Dir<'static>> {
    WORKLOADS.dirs().find(|folder| engines(folder).any(|name| name == engine))
}

/// Every engine that it is written for.
pub fn known() -> String {
    let names: Vec<&str> = WORKLOADS.dirs().flat_map(engines).collect();
    names.join(", ")
}

fn engines(folder: &'static Dir<'static>) -> impl Iterator<Item = &'static str> {
    text(folder, ENGINES).unwrap_or_default().split_whitespace()
}

/// The file of that name in a form.
pub fn text(form: &'static Dir<'static>, name: &str) -> Option<&'static str> {
    form.get_file(form.path().join(name))?.contents_utf8()
}

/// Writes the files that `workload::read` needs, and those that say what they are, into `folder`, as they are written
/// for `engine`.
pub fn unpack(folder: &Path, engine: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let Some(form) = form(engine) else {
        let message = format!("the sample workload is not written for {engine}");
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    };
    for file in form.files() {
        let name = file.path().file_name().unwrap_or_default();
        fs::write(folder.join(name), file.contents())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unpacked_folder_is_the_one_in_the_sources() {
        let folder = tempfile::tempdir().unwrap();
        unpack(&folder.path().join("new"), crate::engine::all()[0].name()).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental");
        for name in ["workload.toml", "queries.sql"] {
            let unpacked = fs::read(folder.path().join("new").join(name)).unwrap();
            assert_eq!(unpacked, fs::read(sources.join(name)).unwrap(), "{name}");
        }
    }
}
