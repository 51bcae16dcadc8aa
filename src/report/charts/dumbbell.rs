//! Medians before and after, one line a query, on one logarithmic axis.

use anyhow::Result;

use super::canvas::{Align, Canvas, Ink, draw};
use super::scale::LogScale;
use crate::report::format;
use crate::report::text::{one_line, shortened};

/// Low, median and high in milliseconds on each side.
#[derive(Debug, Clone)]
pub struct DumbbellRow {
    pub name: String,
    pub before: [f64; 3],
    pub after: [f64; 3],
    pub change: String,
    pub verdict: &'static str,
}

/// Where things stand, for a wide and for a narrow screen.
struct Layout {
    width: f64,
    left: f64,
    right: f64,
    row: f64,
    name_length: usize,
    /// Names stand above their line instead of before it.
    names_above: bool,
    font: u32,
    ticks: usize,
}

const WIDE: Layout = Layout {
    width: 920.0,
    left: 230.0,
    right: 800.0,
    row: 30.0,
    name_length: 34,
    names_above: false,
    font: 14,
    ticks: 9,
};

const NARROW: Layout = Layout {
    width: 360.0,
    left: 14.0,
    right: 346.0,
    row: 46.0,
    name_length: 30,
    names_above: true,
    font: 14,
    ticks: 4,
};

const HEAD: f64 = 34.0;

/// `None` when no query has numbers on both sides.
pub fn dumbbell(rows: &[DumbbellRow], narrow: bool) -> Result<Option<String>> {
    let layout = if narrow { &NARROW } else { &WIDE };
    let values = rows.iter().flat_map(|r| [r.before, r.after]).flatten();
    let Some(scale) = LogScale::spanning(values, layout.left, layout.right) else {
        return Ok(None);
    };
    let height = HEAD + layout.row * rows.len() as f64 + 8.0;
    let label = format!(
        "Median time before and after of {}, on a logarithmic scale; the table below has the numbers",
        format::counted(rows.len(), "query", "queries")
    );
    let svg = draw((layout.width as u32, height as u32), &label, |canvas| {
        axis(canvas, &scale, layout, height)?;
        for (index, row) in rows.iter().enumerate() {
            dumbbell_row(canvas, &scale, layout, row, HEAD + layout.row * index as f64)?;
        }
        Ok(())
    })?;
    Ok(Some(svg))
}

fn axis(canvas: &Canvas, scale: &LogScale, layout: &Layout, height: f64) -> Result<()> {
    for tick in scale.ticks(layout.ticks) {
        let x = scale.at(tick);
        canvas.line((x, HEAD - 12.0), (x, height - 8.0), Ink::Grid, 1)?;
        canvas.text(&format::millis(tick), (x, HEAD - 24.0), Ink::Muted, 12, Align::Middle)?;
    }
    Ok(())
}

fn dumbbell_row(
    canvas: &Canvas,
    scale: &LogScale,
    layout: &Layout,
    row: &DumbbellRow,
    top: f64,
) -> Result<()> {
    let middle = top + layout.row - if layout.names_above { 13.0 } else { 15.0 };
    let name = shortened(&one_line(&row.name), layout.name_length);
    let ink = match row.verdict {
        "improved" => Ink::Good,
        "regressed" => Ink::Bad,
        _ => Ink::Muted,
    };
    if layout.names_above {
        let above = middle - 18.0;
        canvas.text(&name, (layout.left, above), Ink::Text, layout.font, Align::Left)?;
        canvas.text(&row.change, (layout.right, above), ink, layout.font, Align::Right)?;
    } else {
        canvas.text(&name, (layout.left - 18.0, middle), Ink::Text, layout.font, Align::Right)?;
        canvas.text(&row.change, (layout.right + 14.0, middle), ink, layout.font, Align::Left)?;
    }
    let (before, after) = (scale.at(row.before[1]), scale.at(row.after[1]));
    canvas.line((before, middle), (after, middle), ink, 3)?;
    side(canvas, scale, row.before, middle, Ink::Before)?;
    side(canvas, scale, row.after, middle, Ink::After)
}

/// The interval as a bar behind the median's dot.
fn side(
    canvas: &Canvas,
    scale: &LogScale,
    [low, median, high]: [f64; 3],
    y: f64,
    ink: Ink,
) -> Result<()> {
    canvas.rect((scale.at(low), y - 5.0), (scale.at(high), y + 5.0), ink, 0.3)?;
    canvas.dot((scale.at(median), y), 6, ink)
}
