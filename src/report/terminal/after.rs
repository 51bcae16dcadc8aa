//! The table of before and after.

use super::Paint;
use super::table::{Tone, cell, labelled, table};
use crate::report::view::{ComparisonRow, ComparisonView};

pub fn before_after(comparison: &ComparisonView, width: usize, paint: Paint) -> String {
    let headers = ["Query", "Before", "After", "Change", "95 % interval"];
    let mut table = table(&headers, width, paint);
    // What has numbers on neither side was told with the queries.
    let told = |row: &&ComparisonRow| row.before_ms.is_some() || row.after_ms.is_some();
    let (both, partial): (Vec<_>, Vec<_>) = (comparison.rows.iter().filter(told))
        .partition(|row| row.before_ms.is_some() && row.after_ms.is_some());
    both.iter().for_each(|row| {
        table.add_row(cells(row, paint));
    });
    let mut text = format!("{table}\n");
    for row in &both {
        let warning = row.rows_changed.iter();
        text.extend(warning.map(|what| line("different result", row, what, width, paint)));
    }
    for row in partial {
        let reason = row.note.as_deref().unwrap_or("no numbers on one side");
        text.push_str(&line(row.verdict_word, row, reason, width, paint));
    }
    text
}

fn line(label: &str, row: &ComparisonRow, what: &str, width: usize, paint: Paint) -> String {
    labelled(label, &format!("{}: {what}", row.query), width, paint)
}

fn cells(row: &ComparisonRow, paint: Paint) -> Vec<comfy_table::Cell> {
    let tone = match row.verdict {
        "improved" => Tone::Good,
        "regressed" => Tone::Bad,
        "inconclusive" => Tone::Warn,
        _ => Tone::Dim,
    };
    vec![
        cell(&row.query, Tone::Plain, paint),
        cell(&row.before, Tone::Plain, paint),
        cell(&row.after, Tone::Plain, paint),
        cell(&row.change, tone, paint),
        cell(&row.interval, Tone::Dim, paint),
    ]
}
