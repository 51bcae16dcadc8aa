//! The lexical scanner: cuts SQL text into lexemes by an engine's [`Lexis`], in linear time.

use thiserror::Error;

use super::Lexis;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexemeKind {
    Space,
    Comment,
    /// Any quoted string, with its prefix (`E'…'`) and its quotes.
    Text,
    QuotedIdentifier,
    /// Keyword or bare identifier.
    Word,
    Number,
    /// `?` or `$1`.
    Placeholder,
    /// A single character of punctuation or of an operator.
    Symbol,
}

/// A piece of the text: `source[start..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    pub kind: LexemeKind,
    pub start: usize,
    pub end: usize,
}

impl Lexeme {
    pub fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// Something was opened and never closed. `offset` is where it began.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unterminated {what}")]
pub struct Unterminated {
    pub what: &'static str,
    pub offset: usize,
}

/// Iterates over the lexemes of a text; together they cover all of it.
pub struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    lexis: Lexis,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(source: &'a str, lexis: Lexis) -> Self {
        Scanner { source, bytes: source.as_bytes(), lexis, position: 0 }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// Skips `length` bytes, which the caller has recognised itself.
    pub fn advance(&mut self, length: usize) {
        self.position = (self.position + length).min(self.bytes.len());
    }

    /// Goes on at `offset`, which the caller knows to lie between two lexemes.
    pub fn resume_at(&mut self, offset: usize) {
        self.position = offset.min(self.bytes.len());
    }

    pub fn rest(&self) -> &'a str {
        self.source.get(self.position..).unwrap_or_default()
    }

    fn at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn follows(&self, offset: usize, text: &[u8]) -> bool {
        self.bytes.get(offset..).is_some_and(|rest| rest.starts_with(text))
    }

    fn skip_while(&self, mut offset: usize, wanted: impl Fn(u8) -> bool) -> usize {
        while self.at(offset).is_some_and(&wanted) {
            offset += 1;
        }
        offset
    }

    /// Kind and end of the lexeme at the current position, whose first byte is `first`.
    fn classify(&self, first: u8) -> Result<(LexemeKind, usize), Unterminated> {
        let start = self.position;
        match first {
            b if is_space(b) => Ok((LexemeKind::Space, self.skip_while(start, is_space))),
            b'-' if self.starts_dash_comment(start) => Ok((LexemeKind::Comment, self.line(start))),
            b'#' if self.lexis.hash_comments && !self.is_hash_parameter(start) => {
                Ok((LexemeKind::Comment, self.line(start)))
            }
            b'/' if self.at(start + 1) == Some(b'*') => self.block_comment(start),
            b'\'' => self.string(start, self.lexis.backslash_escapes),
            b'e' | b'E' if self.at(start + 1) == Some(b'\'') && self.lexis.dollar_quotes => {
                self.string(start + 1, true)
            }
            b'"' if self.lexis.double_quoted_strings => {
                self.string(start, self.lexis.backslash_escapes)
            }
            b'"' => self.quoted(start, "quoted identifier"),
            b'`' if self.lexis.backtick_identifiers => self.quoted(start, "quoted identifier"),
            b'$' if self.lexis.dollar_quotes => self.dollar(start),
            b'?' => Ok((LexemeKind::Placeholder, start + 1)),
            b if is_word_start(b) => Ok((LexemeKind::Word, self.skip_while(start, is_word))),
            b if b.is_ascii_digit() => Ok((LexemeKind::Number, self.number(start))),
            _ => Ok((LexemeKind::Symbol, start + 1)),
        }
    }

    fn starts_dash_comment(&self, start: usize) -> bool {
        let spaced =
            self.at(start + 2).is_none_or(|b| b.is_ascii_whitespace() || b.is_ascii_control());
        self.at(start + 1) == Some(b'-') && (spaced || !self.lexis.spaced_dash_comments)
    }

    fn is_hash_parameter(&self, start: usize) -> bool {
        self.lexis.hash_parameters && self.follows(start, b"#{")
    }

    fn line(&self, start: usize) -> usize {
        self.skip_while(start, |b| b != b'\n')
    }

    fn block_comment(&self, start: usize) -> Result<(LexemeKind, usize), Unterminated> {
        let executable = self.lexis.executable_comments && self.follows(start + 2, b"!");
        let kind = if executable { LexemeKind::Word } else { LexemeKind::Comment };
        let mut depth = 1usize;
        let mut offset = start + 2;
        while offset < self.bytes.len() {
            if self.follows(offset, b"*/") {
                depth -= 1;
                offset += 2;
                if depth == 0 {
                    return Ok((kind, offset));
                }
            } else if self.lexis.nested_comments && self.follows(offset, b"/*") {
                depth += 1;
                offset += 2;
            } else {
                offset += 1;
            }
        }
        Err(Unterminated { what: "comment", offset: start })
    }

    /// A string whose opening quote is at `open`.
    fn string(&self, open: usize, escapes: bool) -> Result<(LexemeKind, usize), Unterminated> {
        self.closing(open, escapes, "string").map(|end| (LexemeKind::Text, end))
    }

    fn quoted(&self, open: usize, what: &'static str) -> Result<(LexemeKind, usize), Unterminated> {
        self.closing(open, false, what).map(|end| (LexemeKind::QuotedIdentifier, end))
    }

    /// End of the quotation that opens at `open`. A doubled quote does not close it.
    fn closing(
        &self,
        open: usize,
        escapes: bool,
        what: &'static str,
    ) -> Result<usize, Unterminated> {
        let unterminated = Unterminated { what, offset: open };
        let quote = self.at(open).ok_or_else(|| unterminated.clone())?;
        let mut offset = open + 1;
        while let Some(byte) = self.at(offset) {
            if byte == b'\\' && escapes {
                offset += 2;
            } else if byte != quote {
                offset += 1;
            } else if self.at(offset + 1) == Some(quote) {
                offset += 2;
            } else {
                return Ok(offset + 1);
            }
        }
        Err(unterminated)
    }

    /// `$1`, `$tag$ … $tag$`, or a lone dollar.
    fn dollar(&self, start: usize) -> Result<(LexemeKind, usize), Unterminated> {
        let digits = self.skip_while(start + 1, |b| b.is_ascii_digit());
        if digits > start + 1 {
            return Ok((LexemeKind::Placeholder, digits));
        }
        let tag_end = self.skip_while(start + 1, |b| is_word(b) && b != b'$');
        if self.at(tag_end) != Some(b'$') {
            return Ok((LexemeKind::Symbol, start + 1));
        }
        let tag = self.source.get(start..=tag_end).unwrap_or("$$");
        let body = tag_end + 1;
        let found = self.source.get(body..).and_then(|rest| rest.find(tag));
        let end = found.map(|at| body + at + tag.len());
        end.map(|end| (LexemeKind::Text, end))
            .ok_or(Unterminated { what: "dollar-quoted string", offset: start })
    }

    /// Digits, decimal point and exponent; hexadecimal and letters stuck to the digits as well.
    fn number(&self, start: usize) -> usize {
        let mut end = self.skip_while(start, |b| is_word(b) || b == b'.');
        let exponent = matches!(self.at(end.wrapping_sub(1)), Some(b'e' | b'E'));
        if exponent && matches!(self.at(end), Some(b'+' | b'-')) {
            end = self.skip_while(end + 1, |b| b.is_ascii_digit());
        }
        end
    }
}

impl Iterator for Scanner<'_> {
    type Item = Result<Lexeme, Unterminated>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.at(self.position)?;
        let start = self.position;
        Some(match self.classify(first) {
            Ok((kind, end)) => {
                self.position = end.min(self.bytes.len());
                Ok(Lexeme { kind, start, end: self.position })
            }
            Err(error) => {
                self.position = self.bytes.len();
                Err(error)
            }
        })
    }
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// Bytes of multi-byte characters count as letters, as they do in the servers' own scanners.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
