//! A line of the input that remembers where it stood.

/// `number` counts from 1, as editors do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub number: usize,
    pub text: String,
}

impl Row {
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The same line of the input with another text.
    pub fn with(&self, text: impl Into<String>) -> Row {
        Row { number: self.number, text: text.into() }
    }
}

/// The lines of `input`, without the mark and the line ends of other systems.
pub fn rows(input: &str) -> Vec<Row> {
    let lines = input.trim_start_matches('\u{feff}').lines();
    let lines = lines.map(|line| line.trim_end_matches('\r').to_owned());
    lines.zip(1..).map(|(text, number)| Row { number, text }).collect()
}

pub fn joined(rows: &[Row]) -> String {
    let length = rows.iter().map(|row| row.text.len() + 1).sum();
    rows.iter().fold(String::with_capacity(length), |mut text, row| {
        if !text.is_empty() {
            text.push('\n');
        }
        text + &row.text
    })
}

/// Holds figures that only the server prints behind a node's name.
pub fn has_figures(text: &str) -> bool {
    let digit_after = |start: &str| {
        text.match_indices(start).any(|(position, _)| {
            text[position + start.len()..].starts_with(|c: char| c.is_ascii_digit())
        })
    };
    digit_after("(cost=") || digit_after("(actual time=") || digit_after("(actual rows=")
}
