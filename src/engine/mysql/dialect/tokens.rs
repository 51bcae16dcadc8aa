//! What can be said of a statement by its tokens alone. The kind is decided here, so that it never
//! depends on how much of the grammar the parser knows.

use crate::sql::{LexemeKind, Lexis, Scanner, StatementKind, SyntaxError};

/// A statement without space and comments.
pub struct Tokens<'a> {
    tokens: Vec<(LexemeKind, &'a str)>,
}

impl<'a> Tokens<'a> {
    pub fn of(sql: &'a str, lexis: Lexis) -> Result<Tokens<'a>, SyntaxError> {
        let mut tokens = Vec::new();
        for lexeme in Scanner::new(sql, lexis) {
            let lexeme = lexeme.map_err(|error| SyntaxError {
                message: error.to_string(),
                offset: Some(error.offset),
            })?;
            if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
                tokens.push((lexeme.kind, lexeme.text(sql)));
            }
        }
        Ok(Tokens { tokens })
    }

    /// `None` when the first word begins no statement.
    pub fn kind(&self) -> Option<StatementKind> {
        let words = self.outer_words();
        let first = words.first()?.as_str();
        Some(match first {
            "SELECT" | "VALUES" | "TABLE" | "WITH" if self.changes(&words) => StatementKind::Write,
            "SELECT" | "VALUES" | "TABLE" | "WITH" | "SHOW" => StatementKind::Read,
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "LOAD" | "TRUNCATE" | "CALL"
            | "HANDLER" => StatementKind::Write,
            "CREATE" | "ALTER" | "DROP" | "RENAME" | "GRANT" | "REVOKE" => StatementKind::Ddl,
            _ if UTILITIES.contains(&first) => StatementKind::Utility,
            _ => return None,
        })
    }

    /// Words outside parentheses, upper case. A statement wholly in parentheses has its own.
    fn outer_words(&self) -> Vec<String> {
        let wrapping = self.tokens.iter().take_while(|(_, text)| *text == "(").count();
        let mut depth = 0usize;
        let mut words = Vec::new();
        for (kind, text) in &self.tokens {
            match *text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ if *kind == LexemeKind::Word && depth <= wrapping => {
                    words.push(text.to_ascii_uppercase());
                }
                _ => {}
            }
        }
        words
    }

    /// A query that locks rows, writes a file or changes rows after its CTEs, or calls what changes state.
    fn changes(&self, outer: &[String]) -> bool {
        let modifies =
            outer.iter().any(|w| matches!(w.as_str(), "INSERT" | "UPDATE" | "DELETE" | "REPLACE"));
        let with = outer.first().is_some_and(|word| word == "WITH");
        let pairs = self.tokens.windows(2).any(|pair| match pair {
            [(_, a), (_, b)] => is_changing_pair(&a.to_ascii_uppercase(), &b.to_ascii_uppercase()),
            _ => false,
        });
        (with && modifies) || pairs
    }

    /// The number of operators: a measure of how deep the tree may get.
    pub fn operators(&self) -> usize {
        let words = ["AND", "OR", "NOT", "XOR", "UNION"];
        let is_operator = |(kind, text): &&(LexemeKind, &str)| match kind {
            LexemeKind::Symbol => !matches!(*text, "," | "(" | ")" | "."),
            LexemeKind::Word => words.iter().any(|word| word.eq_ignore_ascii_case(text)),
            _ => false,
        };
        self.tokens.iter().filter(is_operator).count()
    }

    pub fn placeholders(&self) -> usize {
        self.tokens.iter().filter(|(kind, _)| *kind == LexemeKind::Placeholder).count()
    }

    /// The statement in lower case with `?` for constants, and lists of them collapsed.
    pub fn normalised(&self) -> String {
        let mut parts: Vec<String> = Vec::with_capacity(self.tokens.len());
        for (kind, text) in &self.tokens {
            match kind {
                LexemeKind::Text | LexemeKind::Number | LexemeKind::Placeholder => {
                    let continues = parts.ends_with(&["?".to_owned(), ",".to_owned()]);
                    if continues {
                        parts.pop();
                    } else {
                        parts.push("?".to_owned());
                    }
                }
                LexemeKind::Word => parts.push(text.to_ascii_lowercase()),
                _ => parts.push((*text).to_owned()),
            }
        }
        parts.join(" ")
    }
}

const UTILITIES: [&str; 34] = [
    "ANALYZE",
    "BEGIN",
    "BINLOG",
    "CACHE",
    "CHANGE",
    "CHECK",
    "CHECKSUM",
    "COMMIT",
    "DEALLOCATE",
    "DESC",
    "DESCRIBE",
    "DO",
    "EXECUTE",
    "EXPLAIN",
    "FLUSH",
    "HELP",
    "INSTALL",
    "KILL",
    "LOCK",
    "OPTIMIZE",
    "PREPARE",
    "PURGE",
    "RELEASE",
    "REPAIR",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "SHUTDOWN",
    "START",
    "STOP",
    "UNINSTALL",
    "UNLOCK",
    "USE",
];

fn is_changing_pair(first: &str, second: &str) -> bool {
    matches!(
        (first, second),
        ("FOR", "UPDATE" | "SHARE")
            | ("LOCK", "IN")
            | ("INTO", "OUTFILE" | "DUMPFILE")
            | ("NEXTVAL" | "SETVAL" | "GET_LOCK" | "RELEASE_LOCK" | "RELEASE_ALL_LOCKS", "(")
            | ("NEXT", "VALUE")
    )
}
