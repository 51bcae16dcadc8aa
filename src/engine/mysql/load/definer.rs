//! `DEFINER = user` of views and routines: a script's objects belong to whoever loads it.
//!
//! The user who is named is rarely there, and only an administrator may name another one than himself: where dumps
//! are loaded without such rights, the clause goes.

use std::borrow::Cow;

/// Of what may have a definer; behind them its name, or its body, begins.
const OBJECTS: [&[u8]; 6] = [b"VIEW", b"PROCEDURE", b"FUNCTION", b"TRIGGER", b"EVENT", b"PACKAGE"];

/// The statement with its clause blanked out, which keeps every other byte at its place.
pub fn without(statement: &[u8]) -> Cow<'_, [u8]> {
    match clause(statement) {
        None => Cow::Borrowed(statement),
        Some((start, end)) => {
            let mut text = statement.to_vec();
            text[start..end].fill(b' ');
            Cow::Owned(text)
        }
    }
}

/// Where the clause begins and ends.
fn clause(text: &[u8]) -> Option<(usize, usize)> {
    let first = word(text, blank(text, 0))?;
    if !["CREATE", "ALTER"].iter().any(|verb| first.0.eq_ignore_ascii_case(verb.as_bytes())) {
        return None;
    }
    let mut at = first.1;
    loop {
        at = blank(text, at);
        let Some((found, end)) = word(text, at) else {
            // `OR REPLACE`, `ALGORITHM = MERGE`: nothing else than words, blanks and `=` stands before the object.
            at = (*text.get(at)? == b'=').then_some(at + 1)?;
            continue;
        };
        if OBJECTS.iter().any(|object| found.eq_ignore_ascii_case(object)) {
            return None;
        }
        if found.eq_ignore_ascii_case(b"DEFINER") {
            let equals = blank(text, end);
            return (text.get(equals) == Some(&b'='))
                .then(|| user(text, blank(text, equals + 1)))?
                .map(|end| (at, end));
        }
        at = end;
    }
}

/// The end of `name`, `name@host` or `CURRENT_USER()`.
fn user(text: &[u8], at: usize) -> Option<usize> {
    let mut end = name(text, at)?;
    let next = blank(text, end);
    match text.get(next) {
        Some(b'@') => end = name(text, blank(text, next + 1))?,
        Some(b'(') => {
            let close = blank(text, next + 1);
            end = (text.get(close) == Some(&b')')).then_some(close + 1)?;
        }
        _ => {}
    }
    Some(end)
}

/// The end of a quoted or bare name.
fn name(text: &[u8], at: usize) -> Option<usize> {
    let quote = *text.get(at)?;
    if !matches!(quote, b'`' | b'\'' | b'"') {
        let length = text[at..].iter().take_while(|byte| is_bare(**byte)).count();
        return (length > 0).then_some(at + length);
    }
    let mut at = at + 1;
    loop {
        let close = at + text[at..].iter().position(|byte| *byte == quote)?;
        at = close + 1;
        // Doubled, it is a character of the name.
        if text.get(at) != Some(&quote) {
            return Some(at);
        }
        at += 1;
    }
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b'%' | b'-') || byte >= 128
}

fn word(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = text.get(at..)?;
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    (length > 0).then(|| (&rest[..length], at + length))
}

/// Past blanks, comments, and the marks of comments that the server executes.
fn blank(text: &[u8], mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let marked = ["/*!", "/*M!"].iter().find(|mark| rest.starts_with(mark.as_bytes()));
        let length = match (marked, rest) {
            (Some(mark), _) => {
                let digits = rest[mark.len()..].iter().take_while(|b| b.is_ascii_digit()).count();
                mark.len() + digits
            }
            (_, [b'*', b'/', ..]) => 2,
            (_, [b'/', b'*', ..]) => end_of(rest, b"*/"),
            (_, [b'-', b'-', next, ..]) if next.is_ascii_whitespace() => end_of(rest, b"\n"),
            (_, [b'#', ..]) => end_of(rest, b"\n"),
            (_, [byte, ..]) if byte.is_ascii_whitespace() => 1,
            _ => return at,
        };
        at += length;
    }
}

fn end_of(text: &[u8], mark: &[u8]) -> usize {
    let found = text.windows(mark.len()).skip(1).position(|window| window == mark);
    found.map_or(text.len(), |at| at + 1 + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sql: &str) -> String {
        String::from_utf8(without(sql.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_clause_goes_in_every_spelling() {
        let words = |sql: &str| kept(sql).split_whitespace().collect::<Vec<_>>().join(" ");
        for (sql, without) in [
            (
                "CREATE DEFINER=`root`@`localhost` PROCEDURE p() SELECT 1",
                "CREATE PROCEDURE p() SELECT 1",
            ),
            (
                "create definer = root@'%' function f() returns int return 1",
                "create function f() returns int return 1",
            ),
            (
                "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=CURRENT_USER() SQL SECURITY DEFINER VIEW v AS SELECT 1",
                "CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW v AS SELECT 1",
            ),
            (
                "/*!50003 CREATE*/ /*!50017 DEFINER=`a``b`@`h`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET @a=1 */",
                "/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET @a=1 */",
            ),
            (
                "-- c\nCREATE /* DEFINER=x */ DEFINER # y\n = 'u' @ \"h\" EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
                "-- c CREATE /* DEFINER=x */ EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
            ),
            (
                "/*!50013 ALTER DEFINER=admin VIEW*/ v AS SELECT 1",
                "/*!50013 ALTER VIEW*/ v AS SELECT 1",
            ),
        ] {
            assert_eq!(words(sql), without);
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        for sql in [
            "CREATE VIEW v AS SELECT DEFINER=1 FROM t",
            "CREATE TABLE t (definer int)",
            "INSERT INTO t VALUES ('CREATE DEFINER=root VIEW')",
            "CREATE VIEW definer AS SELECT 1",
            "CREATE DEFINER",
            "CREATE DEFINER=",
            "CREATE DEFINER=`root",
            "CREATE /*",
            "",
        ] {
            assert_eq!(kept(sql), sql);
        }
    }
}
