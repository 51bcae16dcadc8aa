//! Writing the reports, and saying where they are.

use std::fs::OpenOptions;
use std::io::{Write as _, stdout};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Exit;
use crate::cli::{Context, MachineOutputs, OutputArgs};
use crate::compare::Gate;
use crate::report::machines::{
    annotations, code_quality, comment, finding_notes, junit, located, open_metrics, sarif, summary,
};
use crate::report::terminal::Looks;
use crate::report::{self, Document, Verdicts, Written, terminal};

/// Writes every file of the report, then prints the chosen form on standard output.
pub fn publish(document: &Document, output: &OutputArgs, context: &Context) -> Result<()> {
    let written = report::write(document, &output.out);
    // What was measured is said even where the disk is full.
    let html = written.as_ref().ok().and_then(Written::html);
    terminal::show(document, output.format, looks(context), html, &mut stdout().lock())?;
    publish_findings(document, output)?;
    written.map(drop)
}

/// The findings where other programs show them, as far as that was asked for.
fn publish_findings(document: &Document, output: &OutputArgs) -> Result<()> {
    let document = report::redacted(document);
    let found = located(&document);
    if let Some(path) = &output.sarif {
        let rules = output.rules()?;
        report::write_atomically(path, sarif(&found, &rules)?.as_bytes())?;
    }
    if output.annotate {
        eprint!("{}", finding_notes(&found));
    }
    Ok(())
}

/// The same for a comparison: its own files, and beside them both runs unless they were read from records.
pub fn publish_comparison(
    document: &Document,
    runs_too: bool,
    output: &OutputArgs,
    context: &Context,
) -> Result<()> {
    let written = report::write_comparison(document, &output.out, runs_too);
    let html = written.as_ref().ok().and_then(Written::html);
    let out = &mut stdout().lock();
    terminal::show_comparison(document, output.format, looks(context), html, out)?;
    written.map(drop)
}

fn looks(context: &Context) -> Looks {
    Looks { width: context.width, color: context.color, brief: context.quiet }
}

/// Files for build services and monitoring, as far as they were asked for.
pub fn publish_verdicts(verdicts: Option<Verdicts<'_>>, machines: &MachineOutputs) -> Result<()> {
    let Some(verdicts) = verdicts else { return Ok(()) };
    let write = |file: &Option<std::path::PathBuf>, render: &dyn Fn() -> Result<String>| match file
    {
        Some(path) => report::write_atomically(path, render()?.as_bytes()),
        None => Ok(()),
    };
    write(&machines.junit, &|| junit(&verdicts))?;
    write(&machines.gitlab, &|| code_quality(&verdicts))?;
    write(&machines.openmetrics, &|| Ok(open_metrics(&verdicts)))?;
    write(&machines.markdown_comment, &|| Ok(comment(&verdicts)))?;
    if machines.github {
        eprint!("{}", annotations(&verdicts));
        if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        {
            append(Path::new(&path), &summary(&verdicts))?;
        }
    }
    Ok(())
}

/// The service's file collects what every step has to say.
fn append(path: &Path, text: &str) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write the job summary {}", path.display()))
}

/// Why a gate did not pass, a line each, and the status that says so.
pub fn announce(gate: &Gate) -> Exit {
    let (word, reasons, exit) = match gate {
        Gate::Passed => return Exit::Fine,
        Gate::Failed(reasons) => ("failed", reasons, Exit::Found),
        Gate::Undecided(reasons) => ("undecided", reasons, Exit::Inconclusive),
    };
    for reason in reasons {
        crate::progress::say(&format!("{word}: {}", crate::printable::one_line(reason)));
    }
    exit
}
