//! A page as Markdown.

use super::page::{Mark, MigrationPage, PageBlock};
use crate::report::markdown::escape;

pub fn page_markdown(page: &MigrationPage) -> String {
    let mut out = format!("# {}\n", escape::prose(&page.title));
    for sentence in &page.lead {
        out.push_str(&format!("\n{}\n", escape::prose(sentence)));
    }
    for section in &page.sections {
        out.push_str(&format!("\n## {}\n", escape::text(&section.heading)));
        for block in &section.blocks {
            out.push('\n');
            out.push_str(&rendered(block));
        }
    }
    out.push_str(&format!("\nWritten by planwise {}.\n", env!("CARGO_PKG_VERSION")));
    out
}

fn rendered(block: &PageBlock) -> String {
    match block {
        PageBlock::Text { text } => format!("{}\n", escape::prose(text)),
        PageBlock::List { items } => {
            items.iter().map(|item| format!("- {}\n", escape::prose(item))).collect()
        }
        PageBlock::Checks { items } => items
            .iter()
            .map(|(mark, text)| {
                let sign = if *mark == Mark::Proven { "x" } else { " " };
                format!("- [{sign}] **{}**: {}\n", mark.word(), escape::prose(text))
            })
            .collect(),
        PageBlock::Code { text } => format!("{}\n", escape::fence(text)),
        PageBlock::Table { headers, rows } => {
            let line = |cells: &[String]| {
                let cells: Vec<String> = cells.iter().map(|cell| escape::prose(cell)).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            let rule = format!("|{}\n", " --- |".repeat(headers.len()));
            let rows: String = rows.iter().map(|row| line(row)).collect();
            format!("{}{rule}{rows}", line(headers))
        }
    }
}
