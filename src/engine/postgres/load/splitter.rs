//! Cutting a script into statements and client commands, one line at a time.

use super::scanner::{State, dollar_delimiter, inside, is_word};

/// Something complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Without its semicolon.
    Statement { text: Vec<u8>, line: u64 },
    /// A backslash command with its arguments. `amid`: a statement was begun before it.
    Command { text: Vec<u8>, line: u64, amid: bool },
}

#[derive(Default)]
pub struct Splitter {
    state: State,
    text: Vec<u8>,
    /// First line of the statement, and of the string or comment being read.
    line: u64,
    opened: u64,
    word: Vec<u8>,
    body: Body,
}

impl Splitter {
    /// Takes one line with its line break and appends what it completes to `pieces`.
    pub fn feed(&mut self, line: &[u8], number: u64, pieces: &mut Vec<Piece>) {
        let mut rest = line;
        while let Some(first) = rest.first() {
            let used = match self.state {
                State::Plain => self.plain(*first, rest, number, pieces),
                _ => self.quoted(rest),
            };
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// What is left at the end of the file: a last statement without a semicolon is one, as for psql.
    pub fn finish(mut self) -> Result<Option<Piece>, (&'static str, u64)> {
        if self.state != State::Plain {
            return Err((self.state.what(), self.opened));
        }
        self.end_word();
        Ok(self.take())
    }

    /// Bytes of the statement that has begun.
    pub fn pending(&self) -> usize {
        self.text.len()
    }

    /// The line that it began on.
    pub fn begun(&self) -> u64 {
        self.line
    }

    fn quoted(&mut self, rest: &[u8]) -> usize {
        let is_comment = matches!(self.state, State::Comment { .. });
        let (used, state) = inside(&self.state, rest);
        self.state = state;
        // A comment before a statement is no part of it.
        if !is_comment || !self.text.is_empty() {
            self.text.extend_from_slice(rest.get(..used).unwrap_or_default());
        }
        used
    }

    fn plain(&mut self, first: u8, rest: &[u8], number: u64, pieces: &mut Vec<Piece>) -> usize {
        if is_word(first) && !(first == b'$' && self.word.is_empty()) {
            self.word.push(first);
            return self.keep(rest, 1, number);
        }
        let escapes = self.word.eq_ignore_ascii_case(b"e");
        self.end_word();
        match first {
            b'\'' => self.open(State::Text { escapes }, rest, 1, number),
            b'"' => self.open(State::Name, rest, 1, number),
            b'$' => match dollar_delimiter(rest) {
                Some(delimiter) => {
                    let length = delimiter.len();
                    self.open(State::Dollar(delimiter), rest, length, number)
                }
                None => self.keep(rest, 1, number),
            },
            b'-' if rest.starts_with(b"--") => self.line_comment(rest),
            b'/' if rest.starts_with(b"/*") => self.block_comment(rest, number),
            b'\\' => self.command(rest, number, pieces),
            b';' if !self.body.is_open() => {
                pieces.extend(self.take());
                1
            }
            first if first.is_ascii_whitespace() && self.text.is_empty() => 1,
            // The byte order mark of some editors.
            _ if self.text.is_empty() && rest.starts_with(b"\xef\xbb\xbf") => 3,
            first => {
                self.body.mark(first);
                self.keep(rest, 1, number)
            }
        }
    }

    fn keep(&mut self, rest: &[u8], length: usize, number: u64) -> usize {
        if self.text.is_empty() {
            self.line = number;
        }
        self.text.extend_from_slice(rest.get(..length).unwrap_or_default());
        length
    }

    fn open(&mut self, state: State, rest: &[u8], length: usize, number: u64) -> usize {
        self.state = state;
        self.opened = number;
        self.keep(rest, length, number)
    }

    /// The line break stays: it separates words.
    fn line_comment(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if !self.text.is_empty() {
            self.text.extend_from_slice(rest.get(..length).unwrap_or_default());
        }
        length
    }

    fn block_comment(&mut self, rest: &[u8], number: u64) -> usize {
        self.state = State::Comment { depth: 1 };
        self.opened = number;
        if !self.text.is_empty() {
            self.text.extend_from_slice(rest.get(..2).unwrap_or_default());
        }
        2
    }

    fn command(&mut self, rest: &[u8], line: u64, pieces: &mut Vec<Piece>) -> usize {
        let text = rest.trim_ascii().to_vec();
        pieces.push(Piece::Command { text, line, amid: !self.text.is_empty() });
        rest.len()
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.body.read(&self.word);
            self.word.clear();
        }
    }

    fn take(&mut self) -> Option<Piece> {
        self.body = Body::default();
        let text = std::mem::take(&mut self.text);
        (!text.trim_ascii().is_empty()).then_some(Piece::Statement { text, line: self.line })
    }
}

/// Semicolons that end nothing: between parentheses (a rule's actions) and inside `BEGIN ATOMIC … END`.
#[derive(Default)]
struct Body {
    words: u32,
    is_create: bool,
    after_begin: bool,
    parentheses: u32,
    blocks: u32,
}

impl Body {
    fn is_open(&self) -> bool {
        self.is_create && (self.parentheses > 0 || self.blocks > 0)
    }

    fn read(&mut self, word: &[u8]) {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        if self.words == 0 {
            self.is_create = is(b"create");
        }
        self.words += 1;
        let was_begin = std::mem::replace(&mut self.after_begin, is(b"begin"));
        if is(b"atomic") && was_begin || self.blocks > 0 && is(b"case") {
            self.blocks += 1;
        } else if self.blocks > 0 && is(b"end") {
            self.blocks -= 1;
        }
    }

    fn mark(&mut self, byte: u8) {
        match byte {
            b'(' => self.parentheses += 1,
            b')' => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(script: &str) -> Result<Vec<(u64, String)>, (&'static str, u64)> {
        let mut splitter = Splitter::default();
        let mut pieces = Vec::new();
        for (index, line) in script.split_inclusive('\n').enumerate() {
            splitter.feed(line.as_bytes(), index as u64 + 1, &mut pieces);
        }
        pieces.extend(splitter.finish()?);
        let show = |piece| match piece {
            Piece::Statement { text, line } => (line, String::from_utf8(text).unwrap()),
            Piece::Command { text, line, amid } => (
                line,
                format!("{}{}", if amid { "amid " } else { "" }, String::from_utf8(text).unwrap()),
            ),
        };
        Ok(pieces.into_iter().map(show).collect())
    }

    fn texts(script: &str) -> Vec<String> {
        cut(script).unwrap().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn semicolons_inside_quotes_end_nothing() {
        let script = "SELECT ';', E'\\';', \"a;b\", $$;$$, $f$ $$;$$ $f$ -- ;\n, 2 /* ; /* ; */ */; SELECT $1;\n";
        assert_eq!(texts(script).len(), 2);
        assert_eq!(texts(script)[1], "SELECT $1");
        assert_eq!(
            texts("SELECT 'it''s;' || U&'x;';SELECT 2"),
            ["SELECT 'it''s;' || U&'x;'", "SELECT 2"]
        );
    }

    #[test]
    fn lines_are_those_of_the_first_word() {
        let cut = cut("-- head\n\n/* a\n b */ SELECT\n 1;\n\n SELECT 2\n").unwrap();
        assert_eq!(cut, [(4, "SELECT\n 1".to_owned()), (7, "SELECT 2\n".to_owned())]);
    }

    #[test]
    fn bodies_of_functions_and_rules_stay_whole() {
        let function = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
        let rule = "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)";
        assert_eq!(
            texts(&format!("{function};\n{rule};\nBEGIN; COMMIT;")),
            [function, rule, "BEGIN", "COMMIT"]
        );
    }

    #[test]
    fn client_commands_are_told_apart() {
        let cut = cut("\\connect x\n\\set A 1\nSELECT 1 \\gset\n").unwrap();
        assert_eq!(cut[0], (1, "\\connect x".to_owned()));
        assert_eq!(cut[1], (2, "\\set A 1".to_owned()));
        assert_eq!(cut[2], (3, "amid \\gset".to_owned()));
    }

    #[test]
    fn what_is_never_closed_is_named_with_its_line() {
        assert_eq!(cut("SELECT 1;\nSELECT 'a\nb"), Err(("a string", 2)));
        assert_eq!(cut("SELECT $x$ $$"), Err(("a dollar-quoted string", 1)));
        assert_eq!(cut("/* /* */"), Err(("a comment", 1)));
    }

    proptest::proptest! {
        /// Cutting must not depend on where lines break, and must never lose or invent a statement of plain words.
        #[test]
        fn plain_statements_come_back(words in proptest::collection::vec("[a-z]{1,8}( [a-z]{1,8}){0,3}", 0..20)) {
            let script: String = words.iter().map(|text| format!("{text};\n")).collect();
            proptest::prop_assert_eq!(texts(&script), words);
        }

        #[test]
        fn any_bytes_are_cut_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut splitter = Splitter::default();
            let mut pieces = Vec::new();
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                splitter.feed(line, 1, &mut pieces);
            }
            let _ = splitter.finish();
        }
    }
}
