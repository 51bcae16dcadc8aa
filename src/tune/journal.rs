//! What a run that is changing a database would leave if it were killed now, as a file on the disk before each change.
//!
//! While it changes something, the file is `undo.sql` of the output folder; at the end the report writes the final one
//! in its place. One that is found with the mark is from a run that came to no end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::durable;

const FILE: &str = "undo.sql";

/// Where statements of runs that came to no end are kept when the next run takes the folder.
const EARLIER: &str = "undo-earlier.sql";

/// Begins the file while changes are being made.
const MARK: &str = "-- UNFINISHED";

const EXPLANATION: &str = " when this was written: a run was changing the database. If it is not going any more, what\n\
    -- these statements take away may be there, whole or invalid. Look, and run one at a time, outside a transaction:\n";

/// Ends what a run may have left, where the file goes on with what stood there before.
const END: &str = "-- END OF UNFINISHED\n";

/// Written to the disk with each statement that is added, before the change itself is made.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// What stood in the file before.
    former: String,
    there: Vec<String>,
}

impl Journal {
    /// For a run whose output goes to `folder`.
    pub fn in_folder(folder: &Path) -> Journal {
        let path = folder.join(FILE);
        let former = bounded::read_text(&path, bounded::LARGE).unwrap_or_default();
        Journal { path, former, there: Vec::new() }
    }

    /// From now on something may be there that `undo` takes away.
    ///
    /// # Errors
    /// It could not be noted: then it must not be made.
    pub fn add(&mut self, undo: &str) -> io::Result<()> {
        self.there.push(undo.to_owned());
        self.write().inspect_err(|_| drop(self.there.pop())).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", self.path.display()))
        })
    }

    /// It is gone, or never was there. A file that cannot be written says too much, not too little.
    pub fn remove(&mut self, undo: &str) {
        if let Some(at) = self.there.iter().rposition(|there| there == undo) {
            self.there.remove(at);
            if let Err(error) = self.write() {
                tracing::info!("{} still names what is gone: {error}", self.path.display());
            }
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut text = String::new();
        if !self.there.is_empty() {
            text = format!("{MARK}{EXPLANATION}");
            // Last made, first undone.
            self.there.iter().rev().for_each(|undo| text.push_str(&format!("{undo}\n")));
            text.push_str(&format!("{END}\n"));
        }
        text.push_str(&self.former);
        durable::write(&self.path, text.as_bytes())
    }
}

/// The statements that a run which came to no end has left in `folder`, put aside into a file that later runs add to and
/// never replace. The second is its path.
pub fn put_aside(folder: &Path) -> io::Result<Option<(Vec<String>, PathBuf)>> {
    let Ok(text) = fs::read_to_string(folder.join(FILE)) else { return Ok(None) };
    if !text.starts_with(MARK) {
        return Ok(None);
    }
    let unfinished = text.split(END).next().unwrap_or_default();
    let kept = folder.join(EARLIER);
    let earlier = fs::read_to_string(&kept).unwrap_or_default();
    durable::write(&kept, format!("{earlier}{unfinished}\n").as_bytes())?;
    fs::remove_file(folder.join(FILE))?;
    let statements = unfinished.lines().filter(|line| !line.starts_with("--"));
    Ok(Some((statements.map(str::to_owned).collect(), kept)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(folder: &Path) -> String {
        fs::read_to_string(folder.join(FILE)).unwrap()
    }

    #[test]
    fn what_may_be_there_is_on_the_disk_until_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "-- proposed\nDROP INDEX p;\n").unwrap();
        let mut journal = Journal::in_folder(folder.path());
        journal.add("DROP INDEX a;").unwrap();
        journal.add("DROP INDEX b;").unwrap();
        let now = text(folder.path());
        assert!(now.starts_with(MARK) && now.contains("DROP INDEX b;\nDROP INDEX a;\n"), "{now}");
        journal.remove("DROP INDEX b;");
        assert!(!text(folder.path()).contains("DROP INDEX b;"));
        journal.remove("DROP INDEX a;");
        assert_eq!(text(folder.path()), "-- proposed\nDROP INDEX p;\n");
    }

    #[test]
    fn what_cannot_be_noted_is_not_to_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::in_folder(&folder.path().join("gone"));
        let error = journal.add("DROP INDEX a;").unwrap_err();
        assert!(error.to_string().contains("undo.sql"), "{error}");
        assert!(journal.there.is_empty());
    }

    #[test]
    fn the_next_run_is_told_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(put_aside(folder.path()).unwrap(), None);
        for index in ["a", "b"] {
            let mut journal = Journal::in_folder(folder.path());
            journal.add(&format!("DROP INDEX {index};")).unwrap();
            let (statements, kept) = put_aside(folder.path()).unwrap().unwrap();
            assert_eq!(statements, [format!("DROP INDEX {index};")]);
            assert!(fs::read_to_string(kept).unwrap().contains("DROP INDEX a;"));
            assert_eq!(put_aside(folder.path()).unwrap(), None);
        }
        fs::write(folder.path().join(FILE), "-- proposed\nDROP INDEX p;\n").unwrap();
        assert_eq!(put_aside(folder.path()).unwrap(), None);
    }
}
