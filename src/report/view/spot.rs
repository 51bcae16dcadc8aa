//! The place in a statement that a server complains about, as a line to be shown.

use serde::Serialize;

use crate::engine::DbError;
use crate::run::{QueryRun, Status};

/// Characters of the line that are shown, the place among them.
const WIDTH: usize = 70;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// `queries.sql:14`: the line in the workload's file.
    pub place: String,
    /// The line, or the part of it around the place.
    pub text: String,
    /// As many blanks as stand before the place in `text`, and a caret.
    pub caret: String,
}

impl Spot {
    pub fn of(query: &QueryRun) -> Option<Spot> {
        let Status::Failed { error } = &query.status else { return None };
        Spot::of_error(query, error)
    }

    /// `None` where the server did not say, or said something that cannot be in this text.
    fn of_error(query: &QueryRun, error: &DbError) -> Option<Spot> {
        let before: String = query.sql.chars().take(error.position?.checked_sub(1)?).collect();
        let at = before.chars().count();
        let line = query.sql.lines().nth(before.matches('\n').count())?;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        (at < query.sql.chars().count()).then(|| {
            let from = column.saturating_sub(WIDTH / 2);
            let shown: String = line.chars().skip(from).take(WIDTH).collect();
            let indent = shown.chars().take_while(|c| c.is_whitespace()).count().min(column - from);
            let text: String = shown.chars().skip(indent).map(blank).collect();
            let caret = format!("{}^", " ".repeat(column - from - indent));
            Spot { place: query.place_of_line(before.matches('\n').count()), text, caret }
        })
    }
}

/// A tab would be as wide as the terminal pleases, and the caret would miss.
fn blank(c: char) -> char {
    if c == '\t' { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbErrorKind;

    fn failed(sql: &str, position: usize) -> QueryRun {
        let error = DbError {
            position: Some(position),
            ..DbError::new(DbErrorKind::Syntax, "no such column")
        };
        let text = serde_json::json!({
            "id": "q", "sql": sql, "file": "w.sql", "line": 4, "kind": "read", "shape": null,
            "weight": 1.0, "params": [], "status": {"state": "failed", "error": error},
            "first_ms": null, "latency": null, "rows": null, "errors": [], "plans": [],
            "explain_note": null
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn the_caret_stands_below_the_place() {
        let spot = Spot::of(&failed("SELECT a\n  FROM t\tWHERE bb = 1", 25)).unwrap();
        assert_eq!(spot.place, "w.sql:5");
        assert_eq!(spot.text, "FROM t WHERE bb = 1");
        assert_eq!(spot.caret.len() - 1, spot.text.find("bb").unwrap());
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let sql = format!("SELECT {}wrong FROM t", "a, ".repeat(200));
        let at = sql.find("wrong").unwrap();
        let spot = Spot::of(&failed(&sql, at + 1)).unwrap();
        assert!(spot.text.chars().count() <= WIDTH);
        assert_eq!(&spot.text[spot.caret.len() - 1..][..5], "wrong");
    }

    #[test]
    fn letters_are_counted_not_bytes() {
        let spot = Spot::of(&failed("SELECT 'ä€', x", 14)).unwrap();
        assert_eq!(spot.text.chars().nth(spot.caret.len() - 1), Some('x'));
    }

    #[test]
    fn a_position_outside_of_the_text_is_no_place() {
        for position in [0, 9, 4000] {
            assert_eq!(Spot::of(&failed("SELECT 1", position)), None, "{position}");
        }
    }
}
