//! Comments that the server executes: `/*! … */`, `/*!50000 … */`, `/*M! … */`.
//!
//! Which of them it executes depends on its version, so a statement is judged in both readings: all of them executed,
//! and none.

use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::{Dialect, LexemeKind, Scanner};

/// The readings of a statement: one, when it holds no such comment.
#[derive(Debug, PartialEq, Eq)]
pub enum Readings {
    One(String),
    Two {
        executed: String,
        left_out: String,
    },
    /// A quote or another comment begins inside one: what the server reads cannot be foreseen.
    Unforeseeable,
}

pub fn readings(sql: &str) -> Readings {
    let mut scanner = Scanner::new(sql, MysqlDialect.lexis());
    let (mut executed, mut left_out) = (String::new(), String::new());
    let (mut inside, mut any) = (false, false);
    loop {
        if let Some(marker) = marker(scanner.rest()) {
            if inside {
                return Readings::Unforeseeable;
            }
            (inside, any) = (true, true);
            scanner.advance(marker);
            [&mut executed, &mut left_out].into_iter().for_each(|text| text.push(' '));
            continue;
        }
        if inside && scanner.rest().starts_with("*/") {
            inside = false;
            scanner.advance(2);
            executed.push(' ');
            continue;
        }
        let lexeme = match scanner.next() {
            None => break,
            Some(Ok(lexeme)) => lexeme,
            Some(Err(_)) => return Readings::Unforeseeable,
        };
        let opens = matches!(
            lexeme.kind,
            LexemeKind::Text | LexemeKind::QuotedIdentifier | LexemeKind::Comment
        );
        if inside && opens {
            return Readings::Unforeseeable;
        }
        let text = if lexeme.kind == LexemeKind::Comment { " " } else { lexeme.text(sql) };
        executed.push_str(text);
        if !inside {
            left_out.push_str(text);
        }
    }
    match (any, inside) {
        (_, true) => Readings::Unforeseeable,
        (false, _) => Readings::One(executed),
        (true, _) => Readings::Two { executed, left_out },
    }
}

/// Length of the mark that begins such a comment, with the version in it.
fn marker(rest: &str) -> Option<usize> {
    let mark = ["/*!", "/*M!"].into_iter().find(|mark| rest.starts_with(mark))?;
    let digits = rest[mark.len()..].bytes().take_while(u8::is_ascii_digit).count();
    Some(mark.len() + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_readings_are_seen() {
        let two = |executed: &str, left_out: &str| Readings::Two {
            executed: executed.to_owned(),
            left_out: left_out.to_owned(),
        };
        assert_eq!(readings("SELECT 1/*!50000INTO x*/"), two("SELECT 1 INTO x ", "SELECT 1 "));
        assert_eq!(readings("SELECT 1/*M!100100 a*/"), two("SELECT 1  a ", "SELECT 1 "));
        assert_eq!(readings("SELECT '/*!' -- /*!\n"), Readings::One("SELECT '/*!'  \n".to_owned()));
        assert_eq!(readings("SELECT 1 /*!99999 ' */ , f() /*! ' */"), Readings::Unforeseeable);
        assert_eq!(readings("SELECT 1 /*! /*! a */ */"), Readings::Unforeseeable);
        assert_eq!(readings("SELECT 1 /*! a"), Readings::Unforeseeable);
    }
}
