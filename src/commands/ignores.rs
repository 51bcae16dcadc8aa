//! Findings that nobody wants to be told of: what queries say of themselves, and what `planwise.toml` says. Names of rules
//! that are none are refused, and what became of each is said.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Deserialize;

use super::nightly::config_error::complaint;
use crate::bounded;
use crate::cli::InputError;
use crate::rule::{Ignored, RuleSet, unknown_ignores};
use crate::workload::{WideIgnore, Workload};

/// Read where no other file is named, if it is there.
const USUAL: &str = "planwise.toml";

/// Of the file only this is read here; the rest is the nightly job's.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    ignore: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: toml::Spanned<String>,
    query: Option<String>,
    subject: Option<String>,
    reason: String,
}

/// Adds what `config` asks for, or the usual file where there is one. A rule that does not exist is a slip of the pen:
/// whoever wrote it would be told all the same.
pub fn read(workload: &mut Workload, config: Option<&PathBuf>, rules: &RuleSet) -> Result<()> {
    for query in &workload.queries {
        let wanted = query.ignores.iter().map(|ignore| (ignore.line, ignore.rule.as_str()));
        if let Some((line, what)) = unknown_ignores(wanted, rules).first() {
            let file = query.file.display();
            return Err(InputError::new(format!("{file}:{line}: {what}")).into());
        }
    }
    let usual = Path::new(USUAL);
    let path = config.map(PathBuf::as_path).or_else(|| usual.is_file().then_some(usual));
    let Some(path) = path else { return Ok(()) };
    let text = bounded::read_text(path, bounded::SMALL)
        .map_err(|error| InputError::new(format!("cannot read {}: {error}", path.display())))?;
    let file: File = toml::from_str(&text).map_err(|error| complaint(path, &text, &error))?;
    let shown = path.display().to_string();
    workload.ignores = file.ignore.into_iter().map(|entry| entry.wide(&shown, &text)).collect();
    if let Some(empty) = workload.ignores.iter().find(|one| one.reason.trim().is_empty()) {
        let message = format!("{shown}:{}: an ignore needs a reason", empty.line);
        return Err(InputError::new(message).into());
    }
    let wanted = workload.ignores.iter().map(|ignore| (ignore.line, ignore.rule.as_str()));
    match unknown_ignores(wanted, rules).first() {
        Some((line, what)) => Err(InputError::new(format!("{shown}:{line}: {what}")).into()),
        None => Ok(()),
    }
}

impl Entry {
    fn wide(self, file: &str, text: &str) -> WideIgnore {
        let before = text.get(..self.rule.span().start).unwrap_or_default();
        WideIgnore {
            line: 1 + before.matches('\n').count(),
            rule: self.rule.into_inner(),
            query: self.query,
            subject: self.subject,
            reason: self.reason,
            file: file.to_owned(),
        }
    }
}

/// A sentence for each.
pub fn sentences(ignored: &[Ignored]) -> Vec<String> {
    let sentence = |one: &Ignored| {
        let Ignored { rule, query, reason, file, line, message } = one;
        let query = query.as_deref().unwrap_or("the workload");
        let place = match file {
            Some(file) => format!("line {line} of {file}"),
            None => format!("line {line}"),
        };
        match message {
            Some(_) => format!("Not told, as {place} asks: {rule} of {query}, because {reason}"),
            None => {
                let what = if file.is_some() { "entry" } else { "comment" };
                let begins = place.replacen("line", "Line", 1);
                format!(
                    "{begins} ignores {rule}, which has nothing to say of {query}: the {what} can go"
                )
            }
        }
    };
    ignored.iter().map(sentence).collect()
}
