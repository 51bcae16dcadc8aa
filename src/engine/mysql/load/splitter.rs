//! Cuts a script into statements, line by line, so that a dump of any size fits in memory.

/// One statement without its terminator, as bytes: dumps may hold binary strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub text: Vec<u8>,
    /// Its first line, 1-based.
    pub line: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    Quoted(u8),
    Comment,
}

/// Fed with lines; gives out statements as their terminator comes by.
#[derive(Debug)]
pub struct Splitter {
    delimiter: Vec<u8>,
    state: State,
    text: Vec<u8>,
    /// Line of the first byte of `text` that is not blank.
    start: u64,
    /// `text` holds more than blanks and comments.
    meaningful: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Splitter {
            delimiter: b";".to_vec(),
            state: State::Plain,
            text: Vec::new(),
            start: 0,
            meaningful: false,
        }
    }
}

impl Splitter {
    /// Bytes of the statement that has begun.
    pub fn pending(&self) -> usize {
        self.text.len()
    }

    /// A line with its line break. Complete statements are appended to `out`.
    pub fn feed(&mut self, line: &[u8], number: u64, out: &mut Vec<Statement>) {
        if let Some(delimiter) = self.new_delimiter(line) {
            self.delimiter = delimiter;
            return;
        }
        let mut at = 0;
        while at < line.len() {
            at += self.step(&line[at..], number, out);
        }
    }

    /// The statement after the last terminator, or what was opened and never closed, and where.
    pub fn finish(mut self) -> Result<Option<Statement>, (&'static str, u64)> {
        match self.state {
            State::Quoted(b'`') => Err(("a quoted name", self.start)),
            State::Quoted(_) => Err(("a string", self.start)),
            State::Comment => Err(("a comment", self.start)),
            State::Plain => Ok(self.take()),
        }
    }

    /// `DELIMITER //` is the client's own command: on a line of its own, between statements.
    fn new_delimiter(&self, line: &[u8]) -> Option<Vec<u8>> {
        if self.state != State::Plain || self.meaningful {
            return None;
        }
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let command = words.next()?;
        if !command.eq_ignore_ascii_case(b"delimiter") {
            return None;
        }
        words.next().map(<[u8]>::to_vec)
    }

    /// Consumes the next piece of a line and says how long it was.
    fn step(&mut self, rest: &[u8], number: u64, out: &mut Vec<Statement>) -> usize {
        match self.state {
            State::Quoted(quote) => self.quoted(rest, quote),
            State::Comment => self.comment(rest),
            State::Plain => self.plain(rest, number, out),
        }
    }

    fn quoted(&mut self, rest: &[u8], quote: u8) -> usize {
        let escapes = quote != b'`';
        let length = match rest {
            [b'\\', _, ..] if escapes => 2,
            [first, ..] if *first == quote => {
                self.state = State::Plain;
                1
            }
            _ => 1,
        };
        self.keep(rest, length)
    }

    fn comment(&mut self, rest: &[u8]) -> usize {
        let ends = rest.starts_with(b"*/");
        if ends {
            self.state = State::Plain;
        }
        self.keep(rest, if ends { 2 } else { 1 })
    }

    fn plain(&mut self, rest: &[u8], number: u64, out: &mut Vec<Statement>) -> usize {
        if rest.starts_with(&self.delimiter) {
            out.extend(self.take());
            return self.delimiter.len();
        }
        if begins_line_comment(rest) {
            // Left out, but not the line break that ends it.
            return rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()).max(1);
        }
        if self.text.is_empty() && rest[0].is_ascii_whitespace() {
            return 1;
        }
        if self.text.is_empty() {
            self.start = number;
        }
        match rest {
            [b'/', b'*', third @ ..] => {
                // Comments that begin with an exclamation mark are for the server to run.
                self.meaningful |= matches!(third, [b'!', ..] | [b'M', b'!', ..]);
                self.state = State::Comment;
                self.keep(rest, 2)
            }
            [quote @ (b'\'' | b'"' | b'`'), ..] => {
                self.meaningful = true;
                self.state = State::Quoted(*quote);
                self.keep(rest, 1)
            }
            [byte, ..] => {
                self.meaningful |= !byte.is_ascii_whitespace();
                self.keep(rest, 1)
            }
            [] => 1,
        }
    }

    fn keep(&mut self, rest: &[u8], length: usize) -> usize {
        self.text.extend_from_slice(&rest[..length.min(rest.len())]);
        length
    }

    fn take(&mut self) -> Option<Statement> {
        let mut text = std::mem::take(&mut self.text);
        let meaningful = std::mem::replace(&mut self.meaningful, false);
        while text.last().is_some_and(u8::is_ascii_whitespace) {
            text.pop();
        }
        meaningful.then_some(Statement { text, line: self.start })
    }
}

/// `#`, and `--` when a blank or the end of the line follows.
fn begins_line_comment(rest: &[u8]) -> bool {
    match rest {
        [b'#', ..] | [b'-', b'-'] => true,
        [b'-', b'-', third, ..] => third.is_ascii_whitespace(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(script: &str) -> Result<Vec<(String, u64)>, (&'static str, u64)> {
        let mut splitter = Splitter::default();
        let mut out = Vec::new();
        for (at, line) in script.split_inclusive('\n').enumerate() {
            splitter.feed(line.as_bytes(), at as u64 + 1, &mut out);
        }
        out.extend(splitter.finish()?);
        let text = |s: Statement| (String::from_utf8(s.text).unwrap(), s.line);
        Ok(out.into_iter().map(text).collect())
    }

    fn texts(script: &str) -> Vec<String> {
        split(script).unwrap().into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn terminators_in_strings_names_and_comments_do_not_count() {
        let script =
            "SELECT ';', \";\", `;` /* ; */ ; -- ;\nSELECT 'it''s \\'; ' # ;\n;\nSELECT 1--1;";
        assert_eq!(
            texts(script),
            ["SELECT ';', \";\", `;` /* ; */", "SELECT 'it''s \\'; '", "SELECT 1--1"]
        );
    }

    #[test]
    fn the_delimiter_command_changes_the_terminator() {
        let script =
            "DELIMITER //\nCREATE TRIGGER t BEGIN a; b; END//\ndelimiter ;\nSELECT 1; SELECT 2";
        assert_eq!(texts(script), ["CREATE TRIGGER t BEGIN a; b; END", "SELECT 1", "SELECT 2"]);
    }

    #[test]
    fn comments_alone_are_no_statement_unless_the_server_runs_them() {
        assert_eq!(
            texts("-- x\n/* y */;\n/*!40101 SET NAMES utf8 */;\n/*M! SELECT 1 */;\n;;"),
            ["/*!40101 SET NAMES utf8 */", "/*M! SELECT 1 */"]
        );
    }

    #[test]
    fn statements_know_their_first_line() {
        let lines: Vec<u64> =
            split("\n-- a\nSELECT 1;\n\nSELECT\n2;\n").unwrap().iter().map(|s| s.1).collect();
        assert_eq!(lines, [3, 5]);
    }

    #[test]
    fn what_is_never_closed_is_named() {
        assert_eq!(split("SELECT 1;\nSELECT 'a\n;"), Err(("a string", 2)));
        assert_eq!(split("/* a"), Err(("a comment", 1)));
        assert_eq!(split("SELECT `a;"), Err(("a quoted name", 1)));
    }
}
