//! Where results go, and in which form.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::FileError;
use crate::report::terminal::Format;
use crate::rule::RuleSet;
use crate::tune;

/// Options of every verb that reports.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Folder for the reports; made if it is not there
    #[arg(long, short = 'o', value_name = "DIR", default_value = "planwise-out", aliases = ["output", "out-dir", "output-dir"])]
    pub out: PathBuf,
    /// What to print on standard output: text, json (one document and nothing else), or markdown (as report.md)
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true
    )]
    pub format: Format,
    /// SARIF 2.1 for editors and code scanning: the findings on the lines of the query file
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// GitHub annotations of the findings on standard error
    #[arg(long)]
    pub annotate: bool,
    /// Replace literal values by placeholders in everything written
    #[arg(long)]
    pub redact: bool,
    /// Folder with rules of your own, beside the built-in ones
    #[arg(long = "rules", value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Rules in preview too, whose remedies helped too seldom: see planwise rules list
    #[arg(long)]
    pub preview: bool,
    /// File with tables named `ignore`, each with rule and reason (and query or subject): findings that nobody wants to be
    /// told of [default: planwise.toml, where it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl OutputArgs {
    /// The rules that may speak.
    pub fn rules(&self) -> Result<RuleSet> {
        Ok(RuleSet::load(&self.rules)?.speaking(self.preview))
    }

    /// Makes the folder and proves that it can be written, before anything is measured.
    pub fn prepare(&self) -> Result<&Path> {
        let refused = |cause: std::io::Error| {
            let folder = self.out.display();
            let message =
                format!("--out {folder}: cannot write there; name a folder that you may write to");
            FileError { message, cause }
        };
        std::fs::create_dir_all(&self.out).map_err(refused)?;
        tempfile::NamedTempFile::new_in(&self.out).map_err(refused)?;
        if let Some((statements, kept)) = tune::put_aside(&self.out).map_err(refused)? {
            crate::progress::say(&format!(
                "warning: an earlier run with --apply was killed while it changed a database. What these take away may \
                 still be there, finished or not; look, and run:\n    {}\n(kept in {})",
                statements.join("\n    "),
                kept.display()
            ));
        }
        Ok(&self.out)
    }
}
