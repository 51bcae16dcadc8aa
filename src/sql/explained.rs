//! A statement with EXPLAIN in front, as it is copied from a shell.

use super::{Lexeme, LexemeKind, Lexis, Scanner};

/// What may stand between EXPLAIN and its statement without parentheses.
const OPTIONS: [&str; 5] = ["analyze", "analyse", "verbose", "extended", "partitions"];
/// A parenthesis that begins so holds a statement, not options.
const STATEMENTS: [&str; 4] = ["select", "with", "values", "table"];

/// The statement that `sql` explains, from its first byte on. `None` where `sql` is no EXPLAIN of one.
pub fn explained(sql: &str, lexis: Lexis) -> Option<&str> {
    let mut lexemes = Vec::new();
    for lexeme in Scanner::new(sql, lexis) {
        let lexeme = lexeme.ok()?;
        if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            lexemes.push(lexeme);
        }
    }
    let (first, mut rest) = lexemes.split_first()?;
    if !is_word(*first, sql, &["explain"]) {
        return None;
    }
    if let [open, inner, ..] = rest
        && open.text(sql) == "("
        && inner.text(sql) != "("
        && !is_word(*inner, sql, &STATEMENTS)
    {
        let close = rest.iter().position(|lexeme| lexeme.text(sql) == ")")?;
        rest = rest.get(close + 1..)?;
    }
    loop {
        rest = match rest {
            [option, others @ ..] if is_word(*option, sql, &OPTIONS) => others,
            [format, equals, _, others @ ..]
                if is_word(*format, sql, &["format"]) && equals.text(sql) == "=" =>
            {
                others
            }
            _ => break,
        };
    }
    sql.get(rest.first()?.start..)
}

fn is_word(lexeme: Lexeme, sql: &str, words: &[&str]) -> bool {
    lexeme.kind == LexemeKind::Word
        && words.iter().any(|word| lexeme.text(sql).eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEXIS: Lexis = Lexis {
        dollar_quotes: true,
        backslash_escapes: false,
        backtick_identifiers: false,
        double_quoted_strings: false,
        hash_comments: false,
        spaced_dash_comments: false,
        nested_comments: true,
        executable_comments: false,
        delimiter_command: false,
        numbered_parameters: true,
        hash_parameters: false,
    };

    #[test]
    fn the_options_of_every_spelling_are_taken_off() {
        for front in [
            "EXPLAIN",
            "explain analyze",
            "Explain /* plan */ ANALYSE VERBOSE",
            "EXPLAIN (ANALYZE, BUFFERS off, FORMAT JSON)",
            "EXPLAIN FORMAT=JSON",
            "EXPLAIN EXTENDED",
        ] {
            let sql = format!("{front} SELECT (1)");
            assert_eq!(explained(&sql, LEXIS), Some("SELECT (1)"), "{front}");
        }
    }

    #[test]
    fn a_statement_in_parentheses_is_no_list_of_options() {
        assert_eq!(explained("EXPLAIN (SELECT 1)", LEXIS), Some("(SELECT 1)"));
        assert_eq!(explained("EXPLAIN ((SELECT 1))", LEXIS), Some("((SELECT 1))"));
        assert_eq!(explained("SELECT explain FROM plan", LEXIS), None);
        assert_eq!(explained("EXPLAIN", LEXIS), None);
    }
}
