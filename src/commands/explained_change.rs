//! `planwise explain BEFORE AFTER`: what changed between two plans of one statement.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;

use super::plan_input;
use crate::plan::Plan;
use crate::report::plan_changes;
use crate::report::terminal::Format;

/// Any two forms that can be read, each on its own.
pub fn print(
    before: &Path,
    after: &Path,
    engine: Option<&str>,
    format: Format,
    width: usize,
) -> Result<()> {
    let read = |path: &Path| -> Result<Plan> {
        let text = plan_input::read(path)?;
        let (plan, _) = plan_input::parse(&text, path, engine)?;
        Ok(plan)
    };
    let (first, second) = (read(before)?, read(after)?);
    let names = [before, after].map(|path| path.display().to_string());
    let changes = plan_changes::plan_changes(&first, &second, [&names[0], &names[1]]);
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&changes)? + "\n",
        Format::Markdown => format!("~~~~\n{}~~~~\n", changes.text(width.max(100))),
        Format::Text => changes.text(width),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
