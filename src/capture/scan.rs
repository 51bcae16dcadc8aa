//! Finds the literals and comments of a statement in one pass, and hashes what is left: statements of one skeleton need
//! to be parsed once only.

use xxhash_rust::xxh3::xxh3_128;

use super::batch::{Gap, Span};
use crate::sql::Lexis;
use crate::trace::{COMMENT, VALUE};

/// What a byte may begin.
const PLAIN: u8 = 0;
const WORD: u8 = 1;
const DIGIT: u8 = 2;
const QUOTE: u8 = 3;
const SPECIAL: u8 = 4;
const RESERVED: u8 = 5;

const CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => WORD,
            b'0'..=b'9' => DIGIT,
            b'\'' => QUOTE,
            b'"' | b'`' | b'-' | b'/' | b'$' | b'#' | b'.' => SPECIAL,
            VALUE | COMMENT => RESERVED,
            _ => PLAIN,
        };
        byte += 1;
    }
    classes
};

/// Appends the gaps of `text`, whose first byte is at `base`. Returns the skeleton's hash, and whether the text holds a
/// byte that skeletons use for themselves. What is left open ends with the text.
pub fn scan(
    text: &[u8],
    base: u32,
    lexis: &Lexis,
    gaps: &mut Vec<Gap>,
    skeleton: &mut Vec<u8>,
) -> (u128, bool) {
    skeleton.clear();
    let first = gaps.len();
    let (mut position, mut copied, mut whole) = (0, 0, false);
    while position < text.len() {
        let found = match CLASSES[text[position] as usize] {
            PLAIN => {
                position += 1;
                continue;
            }
            WORD => {
                position = word_end(text, position);
                // E'…' escapes whatever the lexis says.
                if position - copied > 0
                    && text.get(position) == Some(&b'\'')
                    && matches!(text[position - 1], b'e' | b'E')
                    && lexis.dollar_quotes
                    && (position == 1 || !is_word(text[position - 2]))
                {
                    Some((position, string_end(text, position, b'\'', true), false))
                } else {
                    continue;
                }
            }
            DIGIT => Some((position, number_end(text, position), false)),
            QUOTE => {
                Some((position, string_end(text, position, b'\'', lexis.backslash_escapes), false))
            }
            RESERVED => {
                whole = true;
                position += 1;
                continue;
            }
            _ => special(text, &mut position, lexis),
        };
        let Some((start, end, comment)) = found else { continue };
        skeleton.extend_from_slice(&text[copied..start]);
        skeleton.push(if comment { COMMENT } else { VALUE });
        gaps.push(Gap { span: Span::new(base as usize + start, base as usize + end), comment });
        (position, copied) = (end, end);
    }
    skeleton.extend_from_slice(&text[copied..]);
    if whole {
        gaps.truncate(first);
        return (xxh3_128(text), true);
    }
    (xxh3_128(skeleton), false)
}

fn is_word(byte: u8) -> bool {
    matches!(CLASSES[byte as usize], WORD | DIGIT) || byte == b'$'
}

fn word_end(text: &[u8], mut position: usize) -> usize {
    while position < text.len() && is_word(text[position]) {
        position += 1;
    }
    position
}

fn number_end(text: &[u8], start: usize) -> usize {
    let mut position = start;
    while let Some(byte) = text.get(position) {
        let goes_on = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => true,
            b'.' => text.get(position + 1) != Some(&b'.'),
            b'+' | b'-' => {
                matches!(text[position - 1], b'e' | b'E')
                    && position > start
                    && !text[start..].starts_with(b"0x")
            }
            _ => false,
        };
        if !goes_on {
            break;
        }
        position += 1;
    }
    position
}

/// Behind the closing quote, or the end of the text.
fn string_end(text: &[u8], open: usize, quote: u8, escapes: bool) -> usize {
    let mut position = open + 1;
    loop {
        let rest = text.get(position..).unwrap_or_default();
        let found = match escapes {
            true => memchr::memchr2(quote, b'\\', rest),
            false => memchr::memchr(quote, rest),
        };
        let Some(found) = found else { return text.len() };
        position += found;
        let escaped = text[position] == b'\\' && escapes;
        if escaped || text.get(position + 1) == Some(&quote) {
            position += 2;
        } else {
            return position + 1;
        }
        if position >= text.len() {
            return text.len();
        }
    }
}

/// Quoted names, comments, dollar quotes, parameters, and numbers that begin with a point. Moves `position` on where
/// nothing of a skeleton's gaps begins.
fn special(text: &[u8], position: &mut usize, lexis: &Lexis) -> Option<(usize, usize, bool)> {
    let start = *position;
    let next = text.get(start + 1).copied().unwrap_or_default();
    match text[start] {
        b'"' if lexis.double_quoted_strings => {
            return Some((start, string_end(text, start, b'"', lexis.backslash_escapes), false));
        }
        b'"' => *position = string_end(text, start, b'"', false),
        b'`' => *position = string_end(text, start, b'`', false),
        b'-' if next == b'-' && dash_comment(text, start, lexis) => {
            return Some((start, line_end(text, start), true));
        }
        b'#' if lexis.hash_comments => return Some((start, line_end(text, start), true)),
        b'/' if next == b'*' => {
            if lexis.executable_comments && text.get(start + 2) == Some(&b'!') {
                *position = start + 3;
                return None;
            }
            return Some((start, comment_end(text, start, lexis.nested_comments), true));
        }
        // The second point of `1..2` begins no number, nor does the one of `t.1`.
        b'.' if next.is_ascii_digit()
            && (start == 0 || !(is_word(text[start - 1]) || text[start - 1] == b'.')) =>
        {
            return Some((start, number_end(text, start + 1), false));
        }
        b'$' if lexis.dollar_quotes => return dollar(text, position),
        _ => *position += 1,
    }
    None
}

fn dash_comment(text: &[u8], start: usize, lexis: &Lexis) -> bool {
    !lexis.spaced_dash_comments || text.get(start + 2).is_none_or(u8::is_ascii_whitespace)
}

fn line_end(text: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |found| start + found)
}

fn comment_end(text: &[u8], start: usize, nested: bool) -> usize {
    let (mut position, mut depth) = (start + 2, 1);
    while let Some(found) = memchr::memchr2(b'*', b'/', text.get(position..).unwrap_or_default()) {
        position += found;
        match &text[position..(position + 2).min(text.len())] {
            b"*/" => {
                depth -= 1;
                position += 2;
                if depth == 0 {
                    return position;
                }
            }
            b"/*" if nested => {
                depth += 1;
                position += 2;
            }
            _ => position += 1,
        }
    }
    text.len()
}

/// `$1` stays in the skeleton; `$tag$ … $tag$` is a literal.
fn dollar(text: &[u8], position: &mut usize) -> Option<(usize, usize, bool)> {
    let start = *position;
    let name = text[start + 1..].iter().position(|byte| *byte == b'$' || !is_word(*byte));
    let close = name.map(|length| start + 1 + length).filter(|at| text[*at] == b'$');
    let digit = text.get(start + 1).is_some_and(u8::is_ascii_digit);
    match close {
        Some(close) if !digit => {
            let tag = &text[start..=close];
            let body = &text[close + 1..];
            let end =
                memchr::memmem::find(body, tag).map_or(text.len(), |at| close + 1 + at + tag.len());
            Some((start, end, false))
        }
        _ => {
            *position = word_end(text, start + 1).max(start + 1);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;
    use crate::trace::joined;

    fn of(text: &str, mysql: bool) -> (String, Vec<String>) {
        let lexis = match mysql {
            true => crate::engine::by_name("mysql").unwrap().dialect().lexis(),
            false => crate::engine::postgres::dialect::PostgresDialect.lexis(),
        };
        let (mut gaps, mut skeleton) = (Vec::new(), Vec::new());
        let (_, whole) = scan(text.as_bytes(), 0, &lexis, &mut gaps, &mut skeleton);
        assert!(!whole);
        let pieces: Vec<&[u8]> = gaps
            .iter()
            .map(|gap| &text.as_bytes()[gap.span.start as usize..gap.span.end as usize])
            .collect();
        assert_eq!(joined(&skeleton, &pieces).unwrap(), text.as_bytes());
        let shown = String::from_utf8(skeleton).unwrap().replace('\0', "?").replace('\x01', "~");
        (shown, pieces.iter().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect())
    }

    #[test]
    fn literals_leave_a_skeleton() {
        for (text, skeleton) in [
            ("SELECT a1, 'it''s', -12.5e-3 FROM t1", "SELECT a1, ?, -? FROM t1"),
            ("SELECT $1, $12::int", "SELECT $1, $12::int"),
            ("SELECT E'a\\'b', 'c\\', .5", "SELECT E?, ?, ?"),
            ("SELECT $$a'b$$, $x$ $$ $x$, 1", "SELECT ?, ?, ?"),
            ("SELECT \"a'1\" /* 'x /* y */ */, 2 -- 3\n, 4", "SELECT \"a'1\" ~, ? ~\n, ?"),
            ("SELECT a[1:2], 1..2, 0x1F", "SELECT a[?:?], ?..?, ?"),
            ("SELECT 'open", "SELECT ?"),
            ("SELECT t.x1, é2, e'", "SELECT t.x1, é2, e?"),
        ] {
            assert_eq!(of(text, false).0, skeleton, "{text}");
        }
    }

    #[test]
    fn strings_of_the_other_family_escape() {
        for (text, skeleton) in [
            ("SELECT 'a\\'b', \"c\\\"d\" FROM `t'1` # 5", "SELECT ?, ? FROM `t'1` ~"),
            ("SELECT 1--1, 2 -- x", "SELECT ?--?, ? ~"),
            ("SELECT /*!40001 SQL_NO_CACHE */ 1", "SELECT /*!? SQL_NO_CACHE */ ?"),
        ] {
            assert_eq!(of(text, true).0, skeleton, "{text}");
        }
    }
}
