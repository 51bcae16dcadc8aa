//! What the words of a statement, or of a routine's code, say about what it does.

use std::collections::BTreeSet;

use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::{Dialect, LexemeKind, Scanner};

/// Built-in functions whose effects no transaction holds, also those of plugins.
const FUNCTIONS: &[&str] = &[
    "GET_LOCK",
    "LOAD_FILE",
    "MASTER_GTID_WAIT",
    "MASTER_POS_WAIT",
    "RELEASE_ALL_LOCKS",
    "RELEASE_LOCK",
    "SETVAL",
    "SPIDER_BG_DIRECT_SQL",
    "SPIDER_COPY_TABLES",
    "SPIDER_DIRECT_SQL",
    "SPIDER_FLUSH_TABLE_MON_CACHE",
    "SYS_EVAL",
    "SYS_EXEC",
    "SYS_SET",
];

/// Words that begin a write where no parenthesis follows: INSERT() and REPLACE() are functions of strings.
const WRITES: &[&str] = &["INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE", "CALL", "LOAD"];

/// Words after SET that change more than a variable of the routine.
const SETTINGS: &[&str] = &[
    "GLOBAL",
    "SESSION",
    "LOCAL",
    "TRANSACTION",
    "PERSIST",
    "PASSWORD",
    "ROLE",
    "STATEMENT",
    "DEFAULT",
    "AUTOCOMMIT",
    "TX_READ_ONLY",
    "TX_ISOLATION",
    "TRANSACTION_READ_ONLY",
    "SQL_LOG_BIN",
    "MAX_STATEMENT_TIME",
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Names before a parenthesis, with the schema where one is written.
    pub calls: BTreeSet<(Option<String>, String)>,
    /// Every name: tables and views are among them.
    pub names: BTreeSet<(Option<String>, String)>,
    /// What no transaction holds, as a clause after "it".
    pub outside: Option<String>,
    /// Rows are changed.
    pub writes: bool,
    /// A number is drawn from a sequence.
    pub draws: bool,
    /// Names after SET: variables of a routine, or settings of the session.
    pub assigned: BTreeSet<(Option<String>, String)>,
}

struct Word {
    kind: LexemeKind,
    /// Without quotes.
    text: String,
    /// In single quotes nothing is a name, whatever the server's SQL mode.
    may_be_name: bool,
}

impl Words {
    pub fn of(text: &str) -> Words {
        let lexemes = Scanner::new(text, MysqlDialect.lexis()).map_while(Result::ok);
        let plain = |kind: &LexemeKind| !matches!(kind, LexemeKind::Space | LexemeKind::Comment);
        let words: Vec<Word> = lexemes
            .filter(|lexeme| plain(&lexeme.kind))
            .map(|lexeme| Word {
                kind: lexeme.kind,
                text: unquoted(lexeme.kind, lexeme.text(text)),
                may_be_name: lexeme.kind != LexemeKind::Text || lexeme.text(text).starts_with('"'),
            })
            .collect();
        let mut found = Words::default();
        for at in 0..words.len() {
            found.note(&words, at);
        }
        found
    }

    fn note(&mut self, words: &[Word], at: usize) {
        let here = &words[at];
        // With ANSI_QUOTES what stands in double quotes is a name.
        let kinds = [LexemeKind::Word, LexemeKind::QuotedIdentifier, LexemeKind::Text];
        if !kinds.contains(&here.kind) || !here.may_be_name {
            return;
        }
        let is = |index: usize, text: &str| words.get(index).is_some_and(|word| word.text == text);
        let upper = |index: usize| {
            words.get(index).map(|word| word.text.to_ascii_uppercase()).unwrap_or_default()
        };
        let dotted = at >= 2 && is(at - 1, ".");
        let schema = dotted.then(|| words[at - 2].text.to_lowercase());
        let name = (schema, here.text.to_lowercase());
        let called = is(at + 1, "(");
        if called {
            self.calls.insert(name.clone());
        }
        self.names.insert(name);
        if here.kind != LexemeKind::Word && !called {
            return;
        }
        let word = upper(at);
        let next = upper(at + 1);
        if called && FUNCTIONS.contains(&word.as_str()) {
            self.outside = Some(format!("calls {word}, whose effects a transaction does not hold"));
        }
        match word.as_str() {
            "INTO" if next == "OUTFILE" || next == "DUMPFILE" => {
                self.outside = Some("writes a file on the server".to_owned());
            }
            "LOAD" if ["DATA", "XML"].contains(&next.as_str()) => {
                self.outside = Some("reads a file into a table (LOAD)".to_owned());
            }
            "SET" if SETTINGS.contains(&next.as_str()) || next.starts_with('@') => {
                self.sets(words, at);
            }
            "SET" => {
                let name = words.get(at + 1).map(|word| word.text.to_lowercase());
                self.assigned.extend(name.map(|name| (None, name)));
            }
            "NEXTVAL" if called || dotted => self.draws = true,
            "VALUE" if at > 0 && upper(at - 1) == "NEXT" && next == "FOR" => self.draws = true,
            word if WRITES.contains(&word) && !called && !dotted => self.writes = true,
            _ => {}
        }
    }

    /// `SET @mine` is a variable of the session, `SET @@x` a setting.
    fn sets(&mut self, words: &[Word], at: usize) {
        let text = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
        let own = text(at + 1) == "@" && text(at + 2) != "@";
        if !own {
            self.outside = Some("changes settings of the session or the server".to_owned());
        }
    }
}

fn unquoted(kind: LexemeKind, text: &str) -> String {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    match kind {
        LexemeKind::QuotedIdentifier => inner('`').unwrap_or(text).replace("``", "`"),
        LexemeKind::Text if text.starts_with('"') => {
            inner('"').unwrap_or(text).replace("\"\"", "\"")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_in_every_spelling() {
        for sql in [
            "SELECT nudge(1)",
            "SELECT NUDGE (1)",
            "SELECT `nudge`(1)",
            "SELECT nudge/**/(1)",
            "SELECT \"nudge\"(1)",
            "SELECT 1 FROM t WHERE shop . `nudge` (1)",
        ] {
            assert!(Words::of(sql).calls.iter().any(|(_, name)| name == "nudge"), "{sql}");
        }
        assert!(Words::of("SELECT 'nudge(1)', nudge FROM t -- nudge()").calls.is_empty());
    }

    #[test]
    fn what_reaches_out_is_told_by_its_words() {
        for sql in [
            "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
            "SELECT 1 into\ndumpfile '/tmp/x'",
            "SELECT get_lock ('a', 1)",
            "SELECT `LOAD_FILE`('/etc/passwd')",
            "BEGIN SET GLOBAL x = 1; END",
            "BEGIN SET @@session.tx_read_only = 0; END",
            "BEGIN SET tx_read_only = 0; END",
        ] {
            assert!(Words::of(sql).outside.is_some(), "{sql}");
        }
        for sql in [
            "SELECT INSERT('a', 1, 1, 'b'), REPLACE('a', 'b', 'c')",
            "BEGIN SET @n = 1; SET x = 2; END",
        ] {
            let words = Words::of(sql);
            assert!(words.outside.is_none() && !words.writes, "{sql}");
        }
        assert!(Words::of("BEGIN INSERT t VALUES (1); END").writes);
        assert!(Words::of("SELECT NEXT VALUE FOR s").draws && Words::of("SELECT nextval(s)").draws);
    }
}
