//! `planwise explain BEFORE AFTER`: what changed between two plans of one statement.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;

use super::explained_files::{Form, Written};
use super::plan_input;
use crate::plan::Plan;
use crate::report::terminal::Format;
use crate::report::{plan_changes, plan_changes_page};

/// Any two forms that can be read, each on its own.
pub fn print(
    before: &Path,
    after: &Path,
    engine: Option<&str>,
    format: Format,
    width: usize,
    out: Option<&Path>,
) -> Result<()> {
    let named = out.map(Written::named).transpose()?;
    let read = |path: &Path| -> Result<Plan> {
        let text = plan_input::read(path)?;
        let (plan, _) = plan_input::parse(&text, path, engine)?;
        Ok(plan)
    };
    let (first, second) = (read(before)?, read(after)?);
    let names = [before, after].map(|path| path.display().to_string());
    let changes = plan_changes::plan_changes(&first, &second, [&names[0], &names[1]]);
    let json = || -> Result<String> { Ok(serde_json::to_string_pretty(&changes)? + "\n") };
    let markdown = || format!("~~~~\n{}~~~~\n", changes.text(width.max(100)));
    if let Some(named) = named {
        named.write_each(|form| {
            Ok(match form {
                Form::Html => plan_changes_page(&changes)?.into_bytes(),
                Form::Markdown => markdown().into_bytes(),
                Form::Json => json()?.into_bytes(),
                Form::Text => changes.text(width.max(100)).into_bytes(),
            })
        })?;
    }
    let text = match format {
        Format::Json => json()?,
        Format::Markdown => markdown(),
        Format::Text => changes.text(width),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
