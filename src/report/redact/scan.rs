//! Finding literals in code of any dialect, without a parser.

use std::iter::Peekable;
use std::str::CharIndices;

use super::PLACEHOLDER;

/// A piece of code text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Kept as it is.
    Plain(&'a str),
    /// A name in double quotes, or a string in some dialects: the text with its quotes.
    Quoted(&'a str),
    /// A word that begins with a digit: a number, or an unusual name.
    Number(&'a str),
    /// A string or a comment, with its marks.
    Literal(&'a str),
}

/// `text` with every literal replaced. `is_name` says which quoted or digit-led words are names.
pub fn without_literals(text: &str, is_name: &dyn Fn(&str) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => kept.push_str(plain),
            Piece::Quoted(word) if is_name(&unquoted(word)) => kept.push_str(word),
            Piece::Number(word) if is_name(word) => kept.push_str(word),
            _ => kept.push_str(PLACEHOLDER),
        }
    }
    kept
}

/// The text between the quotes of a string or a name.
pub fn unquoted(word: &str) -> String {
    let Some(quote) = word.chars().next() else { return String::new() };
    let inner = word.strip_prefix(quote).unwrap_or(word);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// Cuts code into pieces that, joined, are the text again.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut plain_from = 0;
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let rest = &text[start..];
        let Some((length, kind)) = literal_at(rest, c, before) else {
            before = c;
            continue;
        };
        if length == 0 {
            before = c;
            continue;
        }
        if plain_from < start {
            found.push(Piece::Plain(&text[plain_from..start]));
        }
        let end = start + length;
        found.push(kind(&text[start..end]));
        skip_to(&mut chars, end);
        before = text[..end].chars().next_back().unwrap_or(' ');
        plain_from = end;
    }
    if plain_from < text.len() {
        found.push(Piece::Plain(&text[plain_from..]));
    }
    found
}

type Kind = fn(&str) -> Piece<'_>;

/// Length in bytes and kind of the literal that begins here, if one does.
fn literal_at(rest: &str, c: char, before: char) -> Option<(usize, Kind)> {
    match c {
        '\'' => Some((string_length(rest, '\''), |t| Piece::Literal(t))),
        '"' => Some((string_length(rest, '"'), |t| Piece::Quoted(t))),
        '`' => Some((string_length(rest, '`'), |t| Piece::Plain(t))),
        '$' if !is_word(before) => dollar_length(rest).map(|n| (n, dollar_kind(rest))),
        '-' if rest.starts_with("--") => Some((line_length(rest), |t| Piece::Literal(t))),
        '#' if before == '\n' || rest.starts_with("# ") => {
            Some((line_length(rest), |t| Piece::Literal(t)))
        }
        '/' if rest.starts_with("/*") => Some((comment_length(rest), |t| Piece::Literal(t))),
        c if c.is_numeric() && !is_word(before) => {
            Some((number_length(rest), |t| Piece::Number(t)))
        }
        _ => None,
    }
}

/// A backslash before a quote ends the string in one dialect and not in another: then all the rest goes.
fn string_length(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && chars.peek().is_some_and(|(_, next)| *next == quote) {
            return rest.len();
        }
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// `$1` and `$tag$ … $tag$`; nothing for a lone dollar sign.
fn dollar_length(rest: &str) -> Option<usize> {
    let tag_length = rest[1..].find(|c: char| !is_word(c)).map_or(rest.len(), |at| at + 1);
    if rest[tag_length..].starts_with('$') && !is_parameter(rest) {
        let tag = &rest[..=tag_length];
        let body = &rest[tag.len()..];
        return Some(body.find(tag).map_or(rest.len(), |at| at + 2 * tag.len()));
    }
    is_parameter(rest).then_some(tag_length)
}

fn dollar_kind(rest: &str) -> Kind {
    if is_parameter(rest) { |t| Piece::Plain(t) } else { |t| Piece::Literal(t) }
}

fn is_parameter(rest: &str) -> bool {
    rest[1..].starts_with(|c: char| c.is_ascii_digit())
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// To the last end mark, since some dialects nest comments.
fn comment_length(rest: &str) -> usize {
    rest.rfind("*/").map_or(rest.len(), |at| at + 2)
}

fn number_length(rest: &str) -> usize {
    let mut length = 0;
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        let exponent_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        let decimal_point = c == '.' && rest[..at].chars().all(|c| c.is_ascii_digit());
        if !is_word(c) && !decimal_point && !exponent_sign {
            break;
        }
        length = at + c.len_utf8();
        before = c;
    }
    length
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn skip_to(chars: &mut Peekable<CharIndices>, end: usize) {
    while chars.next_if(|(at, _)| *at < end).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redact(text: &str) -> String {
        without_literals(text, &|name| name == "Order" || name == "2020_sales")
    }

    #[test]
    fn strings_numbers_and_comments_go_and_names_stay() {
        assert_eq!(redact("(f.title = 'It''s'::text)"), "(f.title = <literal>::text)");
        assert_eq!(redact("x2 > 1.5e-3 AND y = $12"), "x2 > <literal> AND y = $12");
        assert_eq!(redact("\"Order\".id = \"me@x\""), "\"Order\".id = <literal>");
        assert_eq!(redact("2020_sales.a = -20"), "2020_sales.a = -<literal>");
        assert_eq!(redact("select $q$a'b$q$, 1 -- who"), "select <literal>, <literal> <literal>");
        assert_eq!(redact("/* a /* b */ c */ select 1"), "<literal> select <literal>");
        assert_eq!(redact("`t`.`c` = _utf8'x'"), "`t`.`c` = _utf8<literal>");
        assert_eq!(redact("a # b\n# c\nd"), "a <literal>\n<literal>\nd");
    }

    #[test]
    fn what_dialects_read_differently_goes_whole() {
        assert_eq!(redact(r"a = 'it\'s secret' and b"), "a = <literal>");
        assert_eq!(redact(r"a = 'C:\' and b = 'secret'"), "a = <literal>");
        assert_eq!(redact("a = 'never closed"), "a = <literal>");
        assert_eq!(redact("a = $x$never closed"), "a = <literal>");
    }

    proptest! {
        #[test]
        fn pieces_joined_are_the_text(text in "[a-z0-9'\"`$#/* \\\\\n-]{0,40}|\\PC{0,20}") {
            let joined: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Plain(t) | Piece::Quoted(t) | Piece::Number(t) | Piece::Literal(t) => t,
            }).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn a_quoted_value_never_survives(value in "[a-zA-Z0-9 '\\\\]{0,12}") {
            let text = format!("a = 'zQx{}' or b = 'zQx'", value.replace('\'', "''"));
            prop_assert!(!redact(&text).contains("zQx"));
        }
    }
}
