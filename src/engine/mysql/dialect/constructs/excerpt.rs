//! The text of a part of a statement, taken from where the parser says that it stands.

use sqlparser::ast::Expr;
use sqlparser::tokenizer::{Location, Span};

pub struct Source<'s> {
    sql: &'s str,
    /// Byte offset of each line's first character.
    lines: Vec<usize>,
}

impl<'s> Source<'s> {
    pub fn of(sql: &'s str) -> Source<'s> {
        let after = sql.match_indices('\n').map(|(at, _)| at + 1);
        Source { sql, lines: std::iter::once(0).chain(after).collect() }
    }

    /// From the first to the last place of `span`, brackets closed. `None` where the parser tells of no place.
    pub fn excerpt(&self, span: Span) -> Option<(usize, String)> {
        let (start, end) = (self.offset(span.start)?, self.offset(span.end)?);
        let text = self.sql.get(start..end).filter(|text| !text.is_empty())?;
        let open = text.matches('(').count().saturating_sub(text.matches(')').count());
        let closing = self.sql.get(end..).unwrap_or_default().chars().scan(0, |closed, c| {
            *closed += usize::from(c == ')');
            (*closed <= open && (c == ')' || c.is_whitespace())).then_some(c)
        });
        let closing: String = closing.collect();
        Some((start, format!("{text}{}", closing.trim_end())))
    }

    /// As it is written, or as the parser writes it where a part of it has no place.
    pub fn expression(&self, expression: &Expr) -> (usize, String) {
        use sqlparser::ast::Spanned;
        let found = self.excerpt(expression.span());
        let at = found.as_ref().map_or(0, |(at, _)| *at);
        match found {
            Some(found) if is_whole(expression) && !lacks_opening(&found.1) => found,
            _ => (at, expression.to_string()),
        }
    }

    fn offset(&self, at: Location) -> Option<usize> {
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        let start = *self.lines.get(line)?;
        let rest = self.sql.get(start..)?;
        let end = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        Some(start + end)
    }
}

/// A bracket is closed that was opened before the text: places of parts do not count the brackets around them.
fn lacks_opening(text: &str) -> bool {
    let mut depth = 0i32;
    text.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    })
}

/// The parser places the parts of some expressions, but not the words after them.
fn is_whole(expression: &Expr) -> bool {
    !matches!(
        expression,
        Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::UnaryOp { .. }
            | Expr::RLike { .. }
            | Expr::MatchAgainst { .. }
            | Expr::InSubquery { .. }
            | Expr::Exists { .. }
            | Expr::Function(_)
    )
}
