//! What of a script had no effect, for a note.

use std::collections::BTreeMap;

/// Lines by what stood on them.
#[derive(Debug, Default)]
pub struct PassedOver(BTreeMap<String, Vec<usize>>);

/// More lines than this are not listed.
const MOST_LINES: usize = 5;

impl PassedOver {
    pub fn add(&mut self, what: impl Into<String>, line: usize) {
        self.0.entry(what.into()).or_default().push(line);
    }

    /// One sentence, or none.
    pub fn note(&self, file: &str) -> Option<String> {
        let one = |(what, lines): (&String, &Vec<usize>)| {
            let listed: Vec<String> =
                lines.iter().take(MOST_LINES).map(|line| line.to_string()).collect();
            let more = if lines.len() > MOST_LINES { ", …" } else { "" };
            let word = if lines.len() == 1 { "line" } else { "lines" };
            format!("{what} ({word} {}{more})", listed.join(", "))
        };
        let all: Vec<String> = self.0.iter().map(one).collect();
        (!all.is_empty())
            .then(|| format!("{file}: passed over without effect: {}.", all.join(", ")))
    }
}
