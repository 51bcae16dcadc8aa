//! Where a page of its own goes, and in which form: of verbs that measure no workload.

use std::path::PathBuf;

use crate::report::terminal::Format;

/// Options of every verb that writes one page.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct PageArgs {
    /// Folder for the page as .json, .md and .html
    #[arg(long, short = 'o', value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print: text, json (one document and nothing else), or markdown
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true
    )]
    pub format: Format,
}
