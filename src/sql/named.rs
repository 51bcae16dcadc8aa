//! Statements that only a comment with a name divides: several tools write no terminator.

use super::split::split_tolerant;
use super::{Lexeme, LexemeKind, Lexis, Scanner, SplitError, Statement};

/// `statement` taken apart at the comments in it that name the next one, each on a line of its own. `None` where there are
/// none. For statements that cannot be parsed.
pub fn split_at_names(statement: &Statement, lexis: &Lexis) -> Option<Vec<Statement>> {
    let text = statement.text.as_str();
    let lexemes: Vec<Lexeme> = Scanner::new(text, *lexis).map_while(Result::ok).collect();
    let names = lexemes.iter().filter(|lexeme| {
        let own_line = text.get(..lexeme.start).is_some_and(ends_a_line);
        lexeme.kind == LexemeKind::Comment && own_line && names_a_statement(lexeme.text(text))
    });
    let cuts: Vec<usize> = names.map(|lexeme| lexeme.start).collect();
    let first = *cuts.first()?;
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    let pieces =
        cuts.iter().zip(ends).filter_map(|(start, end)| Some((*start, text.get(*start..end)?)));
    let head = Statement { text: text.get(..first)?.trim_end().to_owned(), ..statement.clone() };
    let mut parts = vec![Statement { sent_by: Vec::new(), ..head }];
    for (start, piece) in pieces {
        let lines = statement.line + text.get(..start)?.matches('\n').count() - 1;
        parts.extend(split_tolerant(piece, lexis).into_iter().map(|part| moved(part, lines)));
    }
    Some(parts)
}

fn moved(mut part: Statement, lines: usize) -> Statement {
    part.line += lines;
    part.comments.iter_mut().for_each(|comment| comment.line += lines);
    part.unclosed =
        part.unclosed.map(|SplitError { what, line }| SplitError { what, line: line + lines });
    part
}

fn ends_a_line(before: &str) -> bool {
    before.trim_end_matches([' ', '\t']).ends_with('\n')
}

/// `-- name: find`, `-- :name find`
fn names_a_statement(comment: &str) -> bool {
    let Some(inner) = comment.strip_prefix("--").map(str::trim_start) else { return false };
    inner.starts_with("name:") || inner.starts_with(":name ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<Vec<(String, usize, usize)>> {
        let lexis = crate::engine::all()[0].dialect().lexis();
        let whole = split_tolerant(text, &lexis);
        let parts = split_at_names(whole.first()?, &lexis)?;
        Some(parts.into_iter().map(|p| (p.text, p.line, p.comments.len())).collect())
    }

    #[test]
    fn a_name_begins_a_statement() {
        let text = "-- :name a\nSELECT 1\n\n-- :name b :? :1\n-- :doc two\nSELECT ':x'\n  -- name: c\nSELECT 3";
        let wanted = [("SELECT 1", 2, 1), ("SELECT ':x'", 6, 2), ("SELECT 3", 8, 1)];
        let wanted = wanted.map(|(text, line, comments)| (text.to_owned(), line, comments));
        assert_eq!(parts(text), Some(wanted.to_vec()));
    }

    #[test]
    fn other_comments_divide_nothing() {
        assert_eq!(parts("SELECT a, -- name: of a\n b, '\n-- name: x\n' FROM t"), None);
    }
}
