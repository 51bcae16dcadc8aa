//! Tables that fit the terminal.

use comfy_table::{
    Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets,
};

use super::Paint;
use crate::report::text::one_line;

/// How a cell is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
    Warn,
    Dim,
}

/// Columns after the first are numbers, unless named in `left`.
pub fn table(headers: &[&str], left: &[usize], width: usize, paint: Paint) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.max(40)).unwrap_or(u16::MAX))
        .set_header(headers.iter().map(|h| Cell::new(h)));
    if paint.is_colored() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for column in 1..headers.len() {
        if let Some(column) = table.column_mut(column).filter(|_| !left.contains(&column)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(40)));
    }
    table
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
