//! What a statement is, by its first words.

use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::{Dialect, LexemeKind, Scanner};

/// Words enough to tell statements apart, and to find `FROM stdin` behind a list of columns.
const WORDS: usize = 12;
/// A COPY of 1,600 columns, the most a table can have, still fits.
const LEXEMES: usize = 10_000;

/// One statement of a script, with the words outside quotes and parentheses that it begins with.
pub struct Statement<'a> {
    pub text: &'a str,
    /// Lower case; quoted names as they are, with their quotes.
    words: Vec<String>,
}

impl<'a> Statement<'a> {
    pub fn new(text: &'a str) -> Self {
        Statement { text, words: first_words(text) }
    }

    pub fn begins(&self, words: &str) -> bool {
        let mut own = self.words.iter();
        words.split(' ').all(|word| own.next().is_some_and(|own| own == word))
    }

    /// The word after `words`, where the statement has them in a row.
    pub fn after(&self, words: &str) -> Option<&str> {
        let wanted: Vec<&str> = words.split(' ').collect();
        let at = self.words.windows(wanted.len()).position(|window| window == wanted)?;
        self.words.get(at + wanted.len()).map(String::as_str)
    }

    /// `COPY … FROM stdin`: its data follows in the script.
    pub fn is_copy_from_stdin(&self) -> bool {
        self.begins("copy") && self.after("from") == Some("stdin")
    }

    /// The name that `CREATE VIEW` or its like gives, as written: `public."my view"`.
    pub fn created(&self) -> Option<String> {
        const KINDS: &[&str] = &["view", "function", "procedure"];
        let scanner = Scanner::new(self.text, PostgresDialect.lexis()).map_while(Result::ok);
        let is_kind = |token: &str| KINDS.iter().any(|kind| token.eq_ignore_ascii_case(kind));
        let name: String = scanner
            .map(|lexeme| (lexeme.kind, lexeme.text(self.text)))
            .skip_while(|(kind, token)| *kind != LexemeKind::Word || !is_kind(token))
            .skip(1)
            .skip_while(|(kind, _)| matches!(kind, LexemeKind::Space | LexemeKind::Comment))
            .take_while(|(kind, token)| is_part_of_name(*kind, token))
            .map(|(_, token)| token)
            .collect();
        (!name.is_empty()).then_some(name)
    }

    /// For messages: the first words, on one line.
    pub fn head(&self) -> String {
        let line = self.text.split_whitespace().collect::<Vec<_>>();
        let head: String = line.join(" ").chars().take(60).collect();
        head.trim_end().to_owned()
    }
}

fn is_part_of_name(kind: LexemeKind, token: &str) -> bool {
    matches!(kind, LexemeKind::Word | LexemeKind::QuotedIdentifier) || token == "."
}

/// Words outside parentheses. A long statement costs no more than a short one.
fn first_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut depth = 0;
    for lexeme in Scanner::new(text, PostgresDialect.lexis()).map_while(Result::ok).take(LEXEMES) {
        let token = lexeme.text(text);
        match (lexeme.kind, token) {
            (LexemeKind::Word, _) if depth == 0 => words.push(token.to_ascii_lowercase()),
            (LexemeKind::QuotedIdentifier, _) if depth == 0 => words.push(token.to_owned()),
            (_, "(") => depth += 1,
            (_, ")") => depth -= 1,
            _ => {}
        }
        if words.len() >= WORDS {
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_with_data_are_found() {
        for text in [
            "COPY public.film (film_id, title) FROM stdin",
            "copy \"from stdin\" from STDIN with (format csv)",
            "COPY t FROM\n  stdin",
        ] {
            assert!(Statement::new(text).is_copy_from_stdin(), "{text}");
        }
        for text in ["COPY t TO stdout", "COPY t FROM '/tmp/stdin'", "SELECT 'COPY t FROM stdin'"] {
            assert!(!Statement::new(text).is_copy_from_stdin(), "{text}");
        }
    }

    #[test]
    fn names_of_what_is_created() {
        let created = |text| Statement::new(text).created();
        assert_eq!(
            created("CREATE VIEW public.\"a b\" AS SELECT 1").as_deref(),
            Some("public.\"a b\"")
        );
        assert_eq!(created("CREATE OR REPLACE FUNCTION f(a int)").as_deref(), Some("f"));
        assert_eq!(created("CREATE TABLE t (a int)"), None);
    }

    #[test]
    fn words_and_heads() {
        let statement = Statement::new("ALTER TABLE\n public.\"A b\" OWNER TO bob");
        assert!(statement.begins("alter table") && !statement.begins("alter view"));
        assert_eq!(statement.after("owner to"), Some("bob"));
        assert_eq!(statement.head(), "ALTER TABLE public.\"A b\" OWNER TO bob");
        assert_eq!(Statement::new(&"x ".repeat(500)).head().chars().count(), 59);
    }
}
