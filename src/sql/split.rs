//! Cutting a script into statements.

use thiserror::Error;

use super::{Lexeme, LexemeKind, Lexis, Scanner, Unterminated};

/// One statement of a script, without its terminator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    /// Line of its first word, 1-based.
    pub line: usize,
    /// Byte offset of its first word in the script.
    pub offset: usize,
    /// Comments between the previous statement and this one, in order.
    pub comments: Vec<Comment>,
    /// Something in it is opened and never closed: its text goes on to the end of that line.
    pub unclosed: Option<SplitError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// With its comment marks.
    pub text: String,
    pub line: usize,
}

/// The script ends inside a string, a quoted name or a comment.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {what} that begins on line {line} is never closed")]
pub struct SplitError {
    pub what: &'static str,
    pub line: usize,
}

/// Cuts `script` at its terminators. Linear in its length. Empty statements are left out.
pub fn split(script: &str, lexis: &Lexis) -> Result<Vec<Statement>, SplitError> {
    let statements = split_tolerant(script, lexis);
    match statements.iter().find_map(|statement| statement.unclosed.clone()) {
        Some(error) => Err(error),
        None => Ok(statements),
    }
}

/// As [`split`], but a statement that is cut off inside a quotation or a comment is one of the
/// statements, marked as such, and what follows its line is read on.
pub fn split_tolerant(script: &str, lexis: &Lexis) -> Vec<Statement> {
    Splitter::new(script, *lexis).run()
}

/// Each resumption reads the script again from there: a bound on them keeps that linear.
const MOST_RESUMPTIONS: usize = 50;

struct Splitter<'a> {
    script: &'a str,
    scanner: Scanner<'a>,
    lexis: Lexis,
    delimiter: String,
    lines: LineCounter<'a>,
    statements: Vec<Statement>,
    comments: Vec<Comment>,
    current: Option<Span>,
    resumptions: usize,
    /// Line on which the last statement ended: a comment there is a remark on that one.
    ended_on: Option<usize>,
}

/// The statement being read.
struct Span {
    start: usize,
    end: usize,
    line: usize,
    body: Body,
}

impl<'a> Splitter<'a> {
    fn new(script: &'a str, lexis: Lexis) -> Self {
        let mut scanner = Scanner::new(script, lexis);
        if script.starts_with('\u{feff}') {
            scanner.advance('\u{feff}'.len_utf8());
        }
        Splitter {
            script,
            scanner,
            lexis,
            delimiter: ";".to_owned(),
            lines: LineCounter::new(script),
            statements: Vec::new(),
            comments: Vec::new(),
            current: None,
            resumptions: 0,
            ended_on: None,
        }
    }

    fn run(mut self) -> Vec<Statement> {
        loop {
            if self.take_delimiter_command() || self.take_terminator() {
                continue;
            }
            match self.scanner.next() {
                None => break,
                Some(Ok(lexeme)) => self.take(lexeme),
                Some(Err(error)) => self.resume_after(error),
            }
        }
        self.finish();
        self.statements
    }

    /// Keeps the statement in which `error` arose as one that is not closed, up to the line on which
    /// it appears to end, and goes on behind that line: an odd apostrophe swaps what is inside and outside
    /// of all strings after it, so the statement is cut at its own first line that ends on a terminator.
    fn resume_after(&mut self, error: Unterminated) {
        let start = self.current.as_ref().map_or(error.offset, |span| span.start);
        let rest = self.script.get(start..).unwrap_or_default();
        self.resumptions += 1;
        let length = match self.resumptions {
            0..=MOST_RESUMPTIONS => length_to_end_of_statement(rest, &self.delimiter),
            _ => rest.len(),
        };
        let text = rest.get(..length).unwrap_or(rest).trim_end();
        let text = text.strip_suffix(self.delimiter.as_str()).unwrap_or(text).to_owned();
        let line = LineCounter::new(self.script).line_at(start);
        let comments = std::mem::take(&mut self.comments);
        let opened = error.offset < start + length;
        let unclosed =
            if opened { self.unclosed(error) } else { SplitError { what: "string", line } };
        self.current = None;
        self.ended_on = None;
        let unclosed = Some(unclosed);
        self.statements.push(Statement { text, line, offset: start, comments, unclosed });
        self.scanner.resume_at(start + length);
        self.lines = LineCounter::new(self.script);
    }

    fn unclosed(&self, error: Unterminated) -> SplitError {
        SplitError { what: error.what, line: LineCounter::new(self.script).line_at(error.offset) }
    }

    /// `DELIMITER //` on a line of its own, before a statement.
    fn take_delimiter_command(&mut self) -> bool {
        let rest = self.scanner.rest();
        let possible = self.lexis.delimiter_command && self.current.is_none();
        if !possible || !rest.starts_with(['d', 'D']) {
            return false;
        }
        let line = rest.lines().next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let is_command = words.next().is_some_and(|word| word.eq_ignore_ascii_case("delimiter"));
        match words.next() {
            Some(delimiter) if is_command => {
                self.delimiter = delimiter.to_owned();
                self.scanner.advance(line.len());
                true
            }
            _ => false,
        }
    }

    fn take_terminator(&mut self) -> bool {
        let inside = self.current.as_ref().is_some_and(|span| span.body.is_open());
        if inside || !self.scanner.rest().starts_with(&self.delimiter) {
            return false;
        }
        self.ended_on = Some(self.lines.line_at(self.scanner.position()));
        self.scanner.advance(self.delimiter.len());
        self.finish();
        true
    }

    fn take(&mut self, lexeme: Lexeme) {
        match lexeme.kind {
            LexemeKind::Space => {}
            LexemeKind::Comment if self.current.is_none() => self.keep_comment(lexeme),
            LexemeKind::Comment => {}
            _ => self.extend(lexeme),
        }
    }

    fn keep_comment(&mut self, lexeme: Lexeme) {
        let line = self.lines.line_at(lexeme.start);
        if self.ended_on != Some(line) {
            let text = lexeme.text(self.script).trim_end().to_owned();
            self.comments.push(Comment { text, line });
        }
    }

    fn extend(&mut self, lexeme: Lexeme) {
        if self.current.is_none() {
            let line = self.lines.line_at(lexeme.start);
            self.current =
                Some(Span { start: lexeme.start, end: lexeme.end, line, body: Body::default() });
        }
        if let Some(span) = &mut self.current {
            span.end = lexeme.end;
            span.body.read(lexeme, self.script);
        }
    }

    fn finish(&mut self) {
        let comments = std::mem::take(&mut self.comments);
        if let Some(span) = self.current.take() {
            let text = self.script.get(span.start..span.end).unwrap_or_default().to_owned();
            let Span { start: offset, line, .. } = span;
            self.statements.push(Statement { text, line, offset, comments, unclosed: None });
        }
    }
}

/// Bytes up to the end of the first line that ends on `delimiter`, or before the first empty line.
fn length_to_end_of_statement(text: &str, delimiter: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.is_empty() && length > 0 {
            return length;
        }
        length += line.len();
        if bare.ends_with(delimiter) {
            return length;
        }
    }
    length
}

/// Terminators that do not end a CREATE statement: those between the parentheses of a rule, and
/// those between `BEGIN ATOMIC` and its `END`.
#[derive(Default)]
struct Body {
    is_create: Option<bool>,
    parentheses: usize,
    blocks: usize,
    after_begin: bool,
}

impl Body {
    fn is_open(&self) -> bool {
        self.is_create == Some(true) && (self.parentheses > 0 || self.blocks > 0)
    }

    fn read(&mut self, lexeme: Lexeme, script: &str) {
        let text = lexeme.text(script);
        let is = |word: &str| lexeme.kind == LexemeKind::Word && text.eq_ignore_ascii_case(word);
        if !*self.is_create.get_or_insert(is("create")) {
            return;
        }
        let was_begin = std::mem::replace(&mut self.after_begin, is("begin"));
        match text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ if is("atomic") && was_begin => self.blocks += 1,
            _ if self.blocks > 0 && is("case") => self.blocks += 1,
            _ if self.blocks > 0 && is("end") => self.blocks -= 1,
            _ => {}
        }
    }
}

/// Line numbers for offsets that only grow, each byte looked at once.
struct LineCounter<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        LineCounter { bytes: text.as_bytes(), offset: 0, line: 1 }
    }

    fn line_at(&mut self, offset: usize) -> usize {
        let passed = self.bytes.get(self.offset..offset).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count();
        self.offset = self.offset.max(offset);
        self.line
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
