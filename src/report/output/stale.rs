//! Files that an earlier command left in the output folder and this one did not write anew: beside a new report
//! they would tell of other measurements.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bounded;

/// Every file that some command writes into its output folder.
const NAMES: [&str; 9] = [
    "run.json",
    "run-after.json",
    "comparison.json",
    "findings.json",
    "advice.json",
    "advice.sql",
    "undo.sql",
    "report.md",
    "report.html",
];

/// Records that name the plans which belong to them.
const RECORDS: [&str; 2] = ["run.json", "run-after.json"];

/// What was there before, to be taken away once everything new is written.
#[derive(Debug, Default)]
pub struct Earlier {
    files: BTreeSet<PathBuf>,
}

impl Earlier {
    /// Files of ours in `out`. Plans are known by the records that name them: a folder of that name may hold
    /// files of somebody else. Unless something was `measured` now, records of what was measured before stay.
    pub fn in_folder(out: &Path, measured: bool) -> Earlier {
        let records = RECORDS.iter().filter(|_| measured);
        let plans = records.flat_map(|name| plans_named_in(&out.join(name)));
        let names = NAMES.iter().filter(|name| measured || !RECORDS.contains(name));
        let files = names.map(|name| (*name).to_owned()).chain(plans);
        Earlier { files: files.map(|name| out.join(name)).filter(|path| path.is_file()).collect() }
    }

    /// Takes away what is not among `written`. A file that cannot be removed is left: the new ones are complete.
    pub fn remove_except(self, written: &[PathBuf]) {
        let written: BTreeSet<&PathBuf> = written.iter().collect();
        for file in self.files.iter().filter(|file| !written.contains(file)) {
            match fs::remove_file(file) {
                Ok(()) => tracing::info!(file = %file.display(), "removed: of an earlier run"),
                Err(error) => tracing::warn!(file = %file.display(), %error, "not removed"),
            }
        }
    }
}

/// Looked for as text: a record may be of any version, and large.
fn plans_named_in(record: &Path) -> Vec<String> {
    let text = bounded::read(record, bounded::LARGE).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let named = text.split("\"plans/").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = |name: &&str| {
        name.ends_with(".json")
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    named.filter(plain).map(|name| format!("plans/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_anew_goes_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("plans")).unwrap();
        let record = r#"{"queries": [{"plans": [{"file": "plans/old-1.json"}, {"file":"plans/../../x.json"}]}]}"#;
        for (name, text) in [
            ("run.json", record),
            ("comparison.json", "{}"),
            ("report.md", "old"),
            ("plans/old-1.json", "{}"),
            ("plans/mine.json", "{}"),
            ("notes.txt", "mine"),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let unmeasured = Earlier::in_folder(folder.path(), false).files;
        assert_eq!(unmeasured, BTreeSet::from([path("comparison.json"), path("report.md")]));
        let earlier = Earlier::in_folder(folder.path(), true);
        fs::write(path("run.json"), "{}").unwrap();
        earlier.remove_except(&[path("run.json"), path("report.md")]);
        let there = |name: &str| path(name).exists();
        assert!(there("run.json") && there("report.md"));
        assert!(there("notes.txt") && there("plans/mine.json"));
        assert!(!there("comparison.json") && !there("plans/old-1.json"));
    }

    #[test]
    fn a_folder_without_files_of_ours_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Earlier::in_folder(folder.path(), true).files.is_empty());
        assert!(Earlier::in_folder(Path::new("/nowhere/at/all"), true).files.is_empty());
    }
}
