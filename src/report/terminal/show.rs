//! The summary of a document on a writer, in the format that was asked for.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;

use super::Paint;
use super::after::before_after;
use super::compared::{compared, whole};
use super::findings::{changes, findings};
use super::queries::queries;
use crate::report::json::{ComparisonJson, WholeJson};
use crate::report::markdown::Markdown;
use crate::report::text::{one_line, wrapped};
use crate::report::view::{Page, Tone};
use crate::report::{Document, Exporter, redacted};

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables and short paragraphs for a terminal.
    Text,
    /// One JSON document, and nothing else.
    Json,
    /// The same as `report.md`.
    Markdown,
}

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// Columns.
    pub width: usize,
    pub color: bool,
    /// `--quiet`: the verdict, what failed, and the report's path.
    pub brief: bool,
}

/// Writes `document` to `out`. `report` is the path of the HTML report, where one was written.
/// A reader that closes the pipe early is no error.
pub fn show(
    document: &Document,
    format: Format,
    looks: Looks,
    report: Option<&Path>,
    out: &mut dyn Write,
) -> Result<()> {
    let document = redacted(document);
    let bytes = match format {
        Format::Json => WholeJson.render(&document)?,
        Format::Markdown => Markdown.render(&document)?,
        Format::Text => text(&document, looks, report).into_bytes(),
    };
    print(&bytes, out)
}

/// The same for a document that only compares: `--format json` is `comparison.json`.
pub fn show_comparison(
    document: &Document,
    format: Format,
    looks: Looks,
    report: Option<&Path>,
    out: &mut dyn Write,
) -> Result<()> {
    let document = redacted(document);
    let bytes = match (format, &document.comparison) {
        (Format::Json, _) | (_, None) => ComparisonJson.render(&document)?,
        (Format::Markdown, _) => Markdown.render(&document)?,
        (Format::Text, Some(comparison)) => {
            let (width, paint) = (looks.width, Paint::new(looks.color));
            let mut text = match looks.brief {
                true => whole(comparison, width, paint),
                false => compared(comparison, &document.run.workload.name, width, paint),
            };
            text.extend(report.map(|path| format!("Report: {}\n", path.display())));
            text.into_bytes()
        }
    };
    print(&bytes, out)
}

fn print(bytes: &[u8], out: &mut dyn Write) -> Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn text(document: &Document, looks: Looks, report: Option<&Path>) -> String {
    let (width, paint) = (looks.width, Paint::new(looks.color));
    let page = Page::of(document);
    if looks.brief {
        return brief(&page, width, paint, report);
    }
    let mut text = String::from("\n");
    for warning in &page.warnings {
        let lines = wrapped(&one_line(warning), width.saturating_sub(8));
        text.push_str(&format!("{} {}\n", paint.warn("note:"), lines.join("\n      ")));
    }
    if !page.warnings.is_empty() {
        text.push('\n');
    }
    text.push_str(&queries(&page, width, paint));
    text.push('\n');
    text.push_str(&findings(&page, width, paint));
    text.push_str(&changes(&page, width, paint));
    if let Some(comparison) = &page.comparison {
        text.push_str(&before_after(comparison, width, paint));
    }
    text.push_str(&closing(&page, width, paint, report));
    text
}

/// What did not work, the verdict, and where the rest is.
fn brief(page: &Page, width: usize, paint: Paint, report: Option<&Path>) -> String {
    let failures = page.failures.iter().map(|failure| {
        let lines = wrapped(&one_line(failure), width.saturating_sub(2)).join("\n  ");
        format!("{} {lines}\n", paint.bad("✗"))
    });
    failures.collect::<String>() + closing(page, width, paint, report).trim_start()
}

fn closing(page: &Page, width: usize, paint: Paint, report: Option<&Path>) -> String {
    let sentence = wrapped(&page.headline.sentence, width).join("\n");
    let sentence = match page.headline.tone {
        Tone::Good => paint.good(&sentence),
        Tone::Bad => paint.bad(&sentence),
        Tone::Attention => paint.warn(&sentence),
        Tone::Neutral => paint.bold(&sentence),
    };
    let mut text = format!("\n{sentence}\n");
    let details = page.headline.detail.iter().chain(&page.left);
    for line in details.flat_map(|detail| wrapped(detail, width)) {
        text.push_str(&format!("{}\n", one_line(&line)));
    }
    if let Some(path) = report {
        text.push_str(&format!("Report: {}\n", path.display()));
    }
    text
}
