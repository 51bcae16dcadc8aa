//! What a shell and `man` know of planwise, made from the command line itself, so that they agree with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args as ClapArgs, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;
use super::Exit;

/// Print what a shell needs to complete planwise's options
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "For example:\n  planwise completions bash > ~/.local/share/bash-completion/completions/planwise"
)]
pub struct CompletionArgs {
    /// The shell to print it for
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page, or write one page a verb into a folder
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "For example:\n  planwise man | man -l -\n  planwise man --out ~/.local/share/man/man1"
)]
pub struct ManArgs {
    /// Write planwise.1, planwise-run.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn completions(args: &CompletionArgs) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "planwise", &mut script);
    print(&script)
}

pub fn man(args: &ManArgs) -> Result<Exit> {
    match &args.out {
        Some(folder) => pages(folder),
        None => print(&page()?),
    }
}

fn page() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    Ok(page)
}

fn pages(folder: &Path) -> Result<Exit> {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.with_context(|| format!("cannot write manual pages into {}", folder.display()))?;
    Ok(Exit::Fine)
}

fn print(bytes: &[u8]) -> Result<Exit> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Fine)
}
