//! Statements whose text ends inside a string.

use super::client::begins_anew;
use super::split::{SplitError, Statement, split_tolerant};
use super::{LexemeKind, Lexis, Scanner};

/// Bytes up to the end of the first line that ends on `delimiter`, or before the first empty line; or, behind an odd
/// apostrophe, before the first line that looks like the next statement.
pub fn length_to_end_of_statement(text: &str, delimiter: &str) -> usize {
    let mut length = 0;
    let mut odd = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if length > 0 && (bare.is_empty() || odd && begins_anew(bare)) {
            return length;
        }
        odd ^= bare.matches('\'').count() % 2 == 1;
        length += line.len();
        if bare.ends_with(delimiter) {
            return length;
        }
    }
    length
}

/// Two statements that are cut off inside a string look like one whose string goes from the first cut to the second.
/// `statement` taken apart at the first of them, if it looks like that. For statements that cannot be parsed.
pub fn split_at_cut(statement: &Statement, lexis: &Lexis) -> Option<Vec<Statement>> {
    let text = statement.text.as_str();
    let length = length_to_end_of_statement(text, ";");
    let mut lexemes = Scanner::new(text, *lexis).map_while(Result::ok);
    let string = lexemes.find(|lexeme| lexeme.end > length)?;
    let behind = text.get(length..).filter(|behind| !behind.trim().is_empty())?;
    if string.kind != LexemeKind::Text || string.start >= length {
        return None;
    }
    let before = |offset: usize| text.get(..offset).unwrap_or_default().matches('\n').count();
    let head = text.get(..length).unwrap_or(text).trim_end();
    let unclosed = SplitError { what: "string", line: statement.line + before(string.start) };
    let first = Statement {
        text: head.strip_suffix(';').unwrap_or(head).to_owned(),
        unclosed: Some(unclosed),
        ..statement.clone()
    };
    let mut rest = split_tolerant(behind, lexis);
    for part in &mut rest {
        let lines = before(length);
        part.line += statement.line + lines - 1;
        part.comments.iter_mut().for_each(|comment| comment.line += statement.line + lines - 1);
        part.unclosed.iter_mut().for_each(|unclosed| unclosed.line += statement.line + lines - 1);
    }
    Some(std::iter::once(first).chain(rest).collect())
}
