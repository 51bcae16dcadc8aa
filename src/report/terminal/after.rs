//! The table of before and after.

use super::Paint;
use super::table::{Tone, cell, table};
use crate::report::view::{ComparisonRow, ComparisonView};

pub fn before_after(comparison: &ComparisonView, width: usize, paint: Paint) -> String {
    let headers = ["Query", "Before", "After", "Change", "95 % interval", "Verdict"];
    let mut table = table(&headers, &[5], width, paint);
    for row in &comparison.rows {
        table.add_row(cells(row, paint));
    }
    let mut text = format!("{table}\n");
    for row in comparison.rows.iter().filter_map(|r| r.rows_changed.as_ref().map(|c| (r, c))) {
        let (query, change) = (crate::report::text::one_line(&row.0.query), row.1);
        text.push_str(&format!("  {} {query}: {change}\n", paint.warn("different result")));
    }
    text
}

fn cells(row: &ComparisonRow, paint: Paint) -> Vec<comfy_table::Cell> {
    let tone = match row.verdict {
        "improved" => Tone::Good,
        "regressed" | "failed" => Tone::Bad,
        "inconclusive" => Tone::Warn,
        _ => Tone::Dim,
    };
    vec![
        cell(&row.query, Tone::Plain, paint),
        cell(&row.before, Tone::Plain, paint),
        cell(&row.after, Tone::Plain, paint),
        cell(&row.change, tone, paint),
        cell(&row.interval, Tone::Dim, paint),
        cell(row.verdict_word, tone, paint),
    ]
}
