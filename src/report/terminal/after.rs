//! The table of before and after.

use super::Paint;
use super::table::{Tone, cell, labelled, table};
use crate::report::view::{ComparisonRow, ComparisonView};

pub fn before_after(comparison: &ComparisonView, width: usize, paint: Paint) -> String {
    let headers = ["Query", "Before", "After", "Change", "95 % interval"];
    let mut table = table(&headers, width, paint);
    // What has numbers on neither side was told with the queries.
    let told =
        |row: &&ComparisonRow| row.before_ms.is_some() || row.after_ms.is_some() || row.same_plan;
    let (both, partial): (Vec<_>, Vec<_>) = (comparison.rows.iter().filter(told))
        .partition(|row| row.same_plan || row.before_ms.is_some() && row.after_ms.is_some());
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

/// The direction stands beside it already, and the name of the query needs the room.
pub fn interval(change: &str, interval: &str) -> String {
    let same = |word: &str| change.ends_with(word) && interval.ends_with(word);
    let alone = |interval: &str| !interval.contains(" to ");
    match ["faster", "slower"].into_iter().find(|word| same(word)) {
        Some(word) if alone(interval) => interval.trim_end_matches(word).trim_end().to_owned(),
        _ => interval.to_owned(),
    }
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
        cell(&interval(&row.change, &row.interval), Tone::Dim, paint),
    ]
}
