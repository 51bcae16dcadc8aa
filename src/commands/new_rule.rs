//! `planwise rules new`: a rule to begin with, and a plan on which it speaks and one on which it is silent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::{FileError, InputError};
use crate::rule::RuleSet;

const RULE: &str = include_str!("new_rule/rule.toml");
const CASES: [(&str, &str); 2] = [
    ("fires-1.txt", include_str!("new_rule/fires-1.txt")),
    ("silent-1.txt", include_str!("new_rule/silent-1.txt")),
];
const LONGEST_ID: usize = 60;

/// Writes the files of rule `id` into `folder`, and returns their paths. Nothing that is there is overwritten.
pub fn write(id: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    check(id)?;
    let cases = super::rule_cases::folder(folder, id);
    let rule = folder.join(format!("{id}.toml"));
    let mut files = vec![(
        rule,
        RULE.replace("\"ID\"", &format!("\"{id}\"")).replace("/ID/", &format!("/{id}/")),
    )];
    files.extend(CASES.iter().map(|(name, text)| (cases.join(name), (*text).to_owned())));
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        let message = format!("{} is there already; nothing was written", there.display());
        return Err(InputError::new(message).into());
    }
    fs::create_dir_all(&cases).map_err(|error| refused(&cases, error))?;
    for (path, text) in &files {
        fs::write(path, text).map_err(|error| refused(path, error))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn check(id: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(plain);
    if !is_name || id.len() > LONGEST_ID || id.ends_with('-') {
        let message = format!(
            "{id:?} cannot be a rule's id: small letters, digits and hyphens, such as many-rows-discarded"
        );
        return Err(InputError::new(message).into());
    }
    let built_in = RuleSet::load(&[])?;
    if built_in.rule(id).is_some() {
        let message = format!(
            "{id} is a rule that comes with planwise: take another id, or copy rules/…/{id}.toml to replace it on purpose"
        );
        return Err(InputError::new(message).into());
    }
    Ok(())
}

fn refused(path: &Path, cause: io::Error) -> FileError {
    FileError { message: format!("cannot write {}", path.display()), cause }
}
