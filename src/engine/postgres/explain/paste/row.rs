//! A line of the input that remembers where it stood.

use std::borrow::Cow;

/// `number` counts from 1, as editors do. The text is the input's own until something is taken off or
/// put in: a large input is not copied line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pub number: usize,
    pub text: Cow<'a, str>,
}

impl Row<'_> {
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The same line of the input with another text.
    pub fn with<'b>(&self, text: impl Into<Cow<'b, str>>) -> Row<'b> {
        Row { number: self.number, text: text.into() }
    }
}

impl<'a> Row<'a> {
    /// The same row, its text not copied.
    pub fn borrowed(&self) -> Row<'_> {
        self.with(&*self.text)
    }

    /// Its first `length` bytes.
    pub fn cut(&self, length: usize) -> Row<'a> {
        self.part(0, length)
    }

    pub fn without_first_blank(self) -> Row<'a> {
        let start = usize::from(self.text.starts_with(' '));
        self.part(start, self.text.len())
    }

    fn part(&self, start: usize, end: usize) -> Row<'a> {
        let text = match &self.text {
            Cow::Borrowed(text) => text.get(start..end).unwrap_or_default().into(),
            Cow::Owned(text) => text.get(start..end).unwrap_or_default().to_owned().into(),
        };
        Row { number: self.number, text }
    }
}

/// The lines of `input`, without the mark and the line ends of other systems.
pub fn rows(input: &str) -> Vec<Row<'_>> {
    let lines = input.trim_start_matches('\u{feff}').lines();
    let lines = lines.map(|line| line.trim_end_matches('\r').into());
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
