//! Tables that fit the terminal.

use comfy_table::{
    Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, Width,
    presets,
};

use super::Paint;
use crate::report::text::{one_line, shortened, wrapped};

const LONGEST_LINE: usize = 300;

/// How a cell is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
    Warn,
    Dim,
}

/// Rows stand close together; a thin line only around the whole and below the header.
const NO_LINE: LineStyle = LineStyle::none();
const LINE: LineStyle = LineStyle::none().fill('─').junction('─');

/// Names in the first column, numbers in the others.
pub fn table(headers: &[&str], width: usize, paint: Paint) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(NO_LINE).header_separator(LINE))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.max(40)).unwrap_or(u16::MAX))
        .set_header(headers.iter().map(Cell::new));
    if paint.is_colored() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for column in 1..headers.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(38)));
    }
    table
}

/// Words in every column.
pub fn plain_table(headers: &[&str], width: usize, paint: Paint) -> Table {
    let mut table = table(headers, width, paint);
    for column in 0..headers.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Left);
        }
    }
    table
}

/// A row that has no numbers, below the table: a label and what there is to say.
pub fn labelled(label: &str, text: &str, width: usize, paint: Paint) -> String {
    let text = shortened(&one_line(text), LONGEST_LINE);
    let lines = wrapped(&text, width.saturating_sub(label.chars().count() + 4));
    let indent = format!("\n{}", " ".repeat(label.chars().count() + 3));
    format!("  {} {}\n", paint.bad(label), lines.join(&indent))
}

/// Text from outside, without anything that could move the cursor.
pub fn cell(text: &str, tone: Tone, paint: Paint) -> Cell {
    let cell = Cell::new(one_line(text));
    match tone {
        _ if !paint.is_colored() => cell,
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Dim => cell.fg(Color::DarkGrey),
    }
}
