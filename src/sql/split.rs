//! Cutting a script into statements.

use thiserror::Error;

use super::body::Body;
use super::client::{ClientCommand, batch_end, client_command, data_length, reads_data, sends};
use super::cut_off::length_to_end_of_statement;
use super::line_counter::LineCounter;
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
    /// The client's commands that sent it in their own way, without their backslashes: `gx`, `gexec`.
    pub sent_by: Vec<String>,
}

/// A piece of a script that was written for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptPart {
    Statement(Statement),
    Command(ClientCommand),
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
    let parts = Splitter::new(script, *lexis).run().into_iter();
    let statements = parts.filter_map(|part| match part {
        ScriptPart::Statement(statement) => Some(statement),
        ScriptPart::Command(_) => None,
    });
    statements.collect()
}

/// As `split_tolerant`, of a script for an interactive client: its commands are told apart, a line `GO` or `/` ends a
/// statement, and the data that follows a COPY is passed over.
pub fn split_script(script: &str, lexis: &Lexis) -> Vec<ScriptPart> {
    let mut splitter = Splitter::new(script, *lexis);
    splitter.for_client = true;
    splitter.run()
}

/// Each resumption reads the script again from there: a bound on them keeps that linear.
const MOST_RESUMPTIONS: usize = 50;

struct Splitter<'a> {
    script: &'a str,
    scanner: Scanner<'a>,
    lexis: Lexis,
    delimiter: String,
    lines: LineCounter<'a>,
    parts: Vec<ScriptPart>,
    for_client: bool,
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
            parts: Vec::new(),
            for_client: false,
            comments: Vec::new(),
            current: None,
            resumptions: 0,
            ended_on: None,
        }
    }

    fn run(mut self) -> Vec<ScriptPart> {
        loop {
            if self.take_delimiter_command() || self.take_terminator() {
                continue;
            }
            if self.for_client && (self.take_client_command() || self.take_batch_end()) {
                continue;
            }
            match self.scanner.next() {
                None => break,
                Some(Ok(lexeme)) => self.take(lexeme),
                Some(Err(error)) => self.resume_after(error),
            }
        }
        self.finish();
        self.parts
    }

    fn take_client_command(&mut self) -> bool {
        let rest = self.scanner.rest();
        if !rest.starts_with('\\') {
            return false;
        }
        let (text, length) = client_command(rest);
        let command = ClientCommand {
            text: text.to_owned(),
            line: self.lines.line_at(self.scanner.position()),
        };
        // Comments before it are meant for the statement behind it.
        if self.current.is_some() {
            self.finish();
        }
        self.scanner.advance(length);
        self.ended_on = Some(command.line);
        match self.parts.last_mut() {
            Some(ScriptPart::Statement(statement)) if sends(command.name()) => {
                statement.sent_by.push(command.text);
            }
            _ => {
                if reads_data(&command.text, self.lexis) {
                    self.skip_data();
                }
                self.parts.push(ScriptPart::Command(command));
            }
        }
        true
    }

    fn take_batch_end(&mut self) -> bool {
        let position = self.scanner.position();
        let before = self.script.get(..position).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.scanner.rest();
        if !rest.starts_with(['/', 'g', 'G']) {
            return false;
        }
        let Some(length) = batch_end(before.get(line_start..).unwrap_or_default(), rest) else {
            return false;
        };
        self.ended_on = Some(self.lines.line_at(position));
        self.scanner.advance(length);
        self.finish();
        true
    }

    /// The rows below the line that asks for them.
    fn skip_data(&mut self) {
        let rest = self.scanner.rest();
        let line = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        let data = rest.get(line..).unwrap_or_default();
        self.scanner.advance(line + data_length(data));
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
        let sent_by = Vec::new();
        let statement = Statement { text, line, offset: start, comments, unclosed, sent_by };
        self.parts.push(ScriptPart::Statement(statement));
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
        let copies = |part: &ScriptPart| match part {
            ScriptPart::Statement(statement) => reads_data(&statement.text, self.lexis),
            ScriptPart::Command(_) => false,
        };
        if self.for_client && self.parts.last().is_some_and(copies) {
            self.skip_data();
        }
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
            let (unclosed, sent_by) = (None, Vec::new());
            let statement = Statement { text, line, offset, comments, unclosed, sent_by };
            self.parts.push(ScriptPart::Statement(statement));
        }
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
