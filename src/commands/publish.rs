//! Writing the reports, and saying where they are.

use std::io::stdout;

use anyhow::Result;

use super::Context;
use crate::cli::OutputArgs;
use crate::report::{self, Document, terminal};

/// Writes every file of the report, then prints the chosen form on standard output.
pub fn publish(document: &Document, output: &OutputArgs, context: &Context) -> Result<()> {
    let written = report::write(document, &output.out)?;
    let (width, color) = (context.width, context.color);
    terminal::show(document, output.format, width, color, written.html(), &mut stdout().lock())
}

/// The same for a comparison: its own files, and beside them both runs unless they were read from records.
pub fn publish_comparison(
    document: &Document,
    runs_too: bool,
    output: &OutputArgs,
    context: &Context,
) -> Result<()> {
    let written = report::write_comparison(document, &output.out, runs_too)?;
    let (width, color) = (context.width, context.color);
    let out = &mut stdout().lock();
    terminal::show_comparison(document, output.format, width, color, written.html(), out)
}
