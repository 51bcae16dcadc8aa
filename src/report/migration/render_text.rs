//! A page on the terminal.

use super::page::{Mark, MigrationPage, PageBlock, PageTone};
use crate::report::terminal::{Paint, Tone, cell, plain_table};
use crate::report::text::{one_line, shortened, visible, wrapped};

/// Longer cells are cut: the files have them whole.
const LONGEST_CELL: usize = 240;

pub fn page_text(page: &MigrationPage, width: usize, color: bool, brief: bool) -> String {
    let paint = Paint::new(color);
    let title = one_line(&page.title);
    let title = match page.tone {
        PageTone::Good => paint.good(&title),
        PageTone::Bad => paint.bad(&title),
        PageTone::Attention => paint.warn(&title),
        PageTone::Neutral => paint.bold(&title),
    };
    let mut out = format!("{title}\n");
    for sentence in &page.lead {
        out.push_str(&paragraph(sentence, width, ""));
    }
    if brief {
        return out;
    }
    for section in &page.sections {
        out.push_str(&format!("\n{}\n", paint.bold(&one_line(&section.heading))));
        for block in &section.blocks {
            out.push_str(&rendered(block, width, paint));
        }
    }
    out
}

fn rendered(block: &PageBlock, width: usize, paint: Paint) -> String {
    match block {
        PageBlock::Text { text } => paragraph(text, width, ""),
        PageBlock::List { items } => {
            items.iter().map(|item| paragraph(item, width, "- ")).collect()
        }
        PageBlock::Checks { items } => items
            .iter()
            .map(|(mark, text)| {
                let sign = match mark {
                    Mark::Proven => paint.good("[x]"),
                    Mark::Failed => paint.bad("[!]"),
                    Mark::NotChecked => paint.warn("[ ]"),
                };
                let body = wrapped(&one_line(text), width.saturating_sub(4));
                format!("{sign} {}\n", body.join("\n    "))
            })
            .collect(),
        PageBlock::Code { text } => {
            visible(text).lines().map(|line| format!("    {}\n", paint.code(line))).collect()
        }
        PageBlock::Table { headers, rows } => {
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            let mut table = plain_table(&headers, width, paint);
            for row in rows {
                let cells = row.iter().map(|text| {
                    cell(&shortened(&one_line(text), LONGEST_CELL), Tone::Plain, paint)
                });
                table.add_row(cells.collect::<Vec<_>>());
            }
            format!("{table}\n")
        }
    }
}

fn paragraph(text: &str, width: usize, sign: &str) -> String {
    let lines = wrapped(&one_line(text), width.saturating_sub(sign.len()).max(20));
    format!("{sign}{}\n", lines.join(&format!("\n{}", " ".repeat(sign.len()))))
}
