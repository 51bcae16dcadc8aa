//! Brackets and quotes that a line leaves open, told piece by piece: a line that is put together of many is
//! not read again for each.

/// What was opened and not closed so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Openness {
    depth: i32,
    quote: Option<char>,
}

impl Openness {
    pub fn of(line: &str) -> Self {
        let mut openness = Openness::default();
        openness.read(line);
        openness
    }

    pub fn read(&mut self, piece: &str) {
        for c in piece.chars() {
            match self.quote {
                Some(closing) if c == closing => self.quote = None,
                Some(_) => {}
                None => match c {
                    '\'' | '"' => self.quote = Some(c),
                    '(' | '[' => self.depth = self.depth.saturating_add(1),
                    ')' | ']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                },
            }
        }
    }

    pub fn is_open(self) -> bool {
        self.quote.is_some() || self.depth > 0
    }
}

/// A bracket or a quote of it is not closed.
pub fn is_open(line: &str) -> bool {
    Openness::of(line).is_open()
}
