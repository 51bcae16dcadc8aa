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

/// Figures that only the server prints behind a node's name.
const FIGURES: [&str; 3] = ["(cost=", "(actual time=", "(actual rows="];

/// Holds figures of a node, wherever: quotes around whole lines may not have been taken off yet.
pub fn mentions_figures(text: &str) -> bool {
    FIGURES.iter().any(|start| {
        let mut found = text.match_indices(start);
        found.any(|(position, _)| begins_figures(&text[position..]))
    })
}

/// Holds figures of a node outside of quoted names and literals.
pub fn has_figures(text: &str) -> bool {
    if !mentions_figures(text) {
        return false;
    }
    let mut quote = None;
    text.char_indices().any(|(position, c)| {
        match (quote, c) {
            (Some(closing), _) if c == closing => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => return begins_figures(&text[position..]),
            _ => {}
        }
        false
    })
}

fn begins_figures(text: &str) -> bool {
    FIGURES
        .iter()
        .filter_map(|start| text.strip_prefix(start))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
