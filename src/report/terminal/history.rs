//! Runs of the history, and trends as sparklines.

use super::Paint;
use super::table::{Tone, cell, table};
use crate::history::{Kept, Outcome};
use crate::report::Trend;
use crate::report::format;
use crate::report::text::{one_line, shortened, wrapped};

/// Nights in a sparkline.
const NIGHTS: usize = 60;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub fn runs_table(all: &[Kept], width: usize, paint: Paint) -> String {
    if all.is_empty() {
        return "No runs yet.\n".to_owned();
    }
    let headers = ["Run", "When", "Id", "Outcome", "Queries", "Pass", "Tags"];
    let mut rows = table(&headers, width, paint);
    for kept in all {
        let (entry, mark) = (&kept.entry, &kept.mark);
        let tone = match mark.outcome {
            Outcome::Good => Tone::Good,
            Outcome::Bad => Tone::Bad,
            Outcome::Undecided => Tone::Warn,
        };
        rows.add_row(vec![
            cell(&entry.name(), Tone::Plain, paint),
            cell(&entry.started.strftime("%Y-%m-%d %H:%M").to_string(), Tone::Plain, paint),
            cell(entry.short(), Tone::Dim, paint),
            cell(mark.outcome.word(), tone, paint),
            cell(&format::count(entry.queries as f64), Tone::Plain, paint),
            cell(&format::millis(entry.weighted_ms), Tone::Plain, paint),
            cell(&mark.tags.join(", "), Tone::Dim, paint),
        ]);
    }
    format!("{rows}\n")
}

pub fn trends(trends: &[Trend], width: usize, paint: Paint) -> String {
    let mut text = String::new();
    for trend in trends {
        let observations = &trend.series.observations;
        let medians = trend.series.medians_ms();
        let latest = medians.last().copied().map_or(format::NOTHING.to_owned(), format::millis);
        let nights = format::counted(observations.len(), "run", "runs");
        let name = shortened(&one_line(&trend.series.query), width.saturating_sub(30).max(20));
        text.push_str(&format!("{}  {latest}, {nights}\n", paint.bold(&name)));
        text.push_str(&format!("  {}\n", sparkline(&medians)));
        for sentence in trend.sentences() {
            let lines = wrapped(&one_line(&sentence), width.saturating_sub(4));
            text.push_str(&format!("  {}\n", lines.join("\n    ")));
        }
    }
    if text.is_empty() { "Nothing was measured yet.\n".to_owned() } else { text }
}

/// The last nights on a logarithmic scale; flat when they differ by less than a tenth.
pub fn sparkline(values: &[f64]) -> String {
    let recent = &values[values.len().saturating_sub(NIGHTS)..];
    let usable = recent.iter().copied().filter(|value| *value > 0.0);
    let (low, high) = usable.fold((f64::MAX, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    let span = (high / low).ln().max(1.1f64.ln());
    let bar = |value: &f64| {
        let share = ((value / low).ln() / span).clamp(0.0, 1.0);
        BARS[((share * (BARS.len() - 1) as f64).round() as usize).min(BARS.len() - 1)]
    };
    recent.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_rises_with_its_values() {
        assert_eq!(sparkline(&[1.0, 2.0, 4.0]), "▁▅█");
        assert_eq!(sparkline(&[5.0, 5.0, 5.01]), "▁▁▁");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[0.0]).chars().count(), 1);
    }
}
