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
