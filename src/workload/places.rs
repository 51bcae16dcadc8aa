//! Where a statement's parameters stand: beside which column, and how they are compared with it.

use super::made::{How, Place};
use crate::sql::{LexemeKind, Lexis, Scanner};

/// A lexeme that is neither blank nor comment.
#[derive(Debug, Clone, Copy)]
struct Token<'s> {
    kind: LexemeKind,
    text: &'s str,
}

/// The place of each of `count` parameters, in their order; `None` where the text does not tell.
pub fn places(sql: &str, lexis: Lexis, count: usize) -> Vec<Option<Place>> {
    let mut tokens = Vec::new();
    for lexeme in Scanner::new(sql, lexis) {
        let Ok(lexeme) = lexeme else { return vec![None; count] };
        if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            tokens.push(Token { kind: lexeme.kind, text: lexeme.text(sql) });
        }
    }
    let mut found = vec![None; count];
    let mut nth = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != LexemeKind::Placeholder {
            continue;
        }
        nth += 1;
        let number =
            token.text.strip_prefix('$').map_or(Some(nth), |digits| digits.parse::<usize>().ok());
        let Some(slot) = number.and_then(|number| found.get_mut(number.wrapping_sub(1))) else {
            continue;
        };
        if slot.is_none() {
            *slot = place(&tokens, at);
        }
    }
    found
}

fn is(token: Option<&Token<'_>>, word: &str) -> bool {
    token.is_some_and(|token| token.text.eq_ignore_ascii_case(word))
}

/// Functions that say the same of a value and of a column: `lower(email) = lower($1)`.
const ALIKE: [&str; 6] = ["lower", "upper", "trim", "btrim", "unaccent", "abs"];
const WORDS: [&str; 5] =
    ["to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"];
/// Words before a bracket that are no function's name.
const NO_FUNCTIONS: [&str; 14] = [
    "in", "any", "all", "some", "values", "and", "or", "not", "where", "on", "select", "exists",
    "as", "by",
];

fn place(tokens: &[Token<'_>], at: usize) -> Option<Place> {
    if let Some(call) = call(tokens, at) {
        let name = tokens[call.name].text.to_lowercase();
        if ["date_trunc", "date_part"].contains(&name.as_str()) && call.argument == 0 {
            return Some(Place::Unit);
        }
        if WORDS.contains(&name.as_str()) {
            return match call.argument == 0 && call.arguments > 1 {
                true => Some(Place::Configuration),
                false => searched(tokens, call.name),
            };
        }
        if ALIKE.contains(&name.as_str()) && call.arguments == 1 {
            return place(tokens, call.name);
        }
    }
    beside(tokens, at)
}

/// A function's brackets around a parameter.
struct Call {
    /// Where its name stands.
    name: usize,
    /// Which of its arguments the parameter is, and how many there are.
    argument: usize,
    arguments: usize,
}

/// Tokens that are looked at on each side.
const NEAR: usize = 64;

fn call(tokens: &[Token<'_>], at: usize) -> Option<Call> {
    let (mut depth, mut argument, mut open) = (0usize, 0, None);
    for place in (at.saturating_sub(NEAR)..at).rev() {
        match tokens[place].text {
            ")" => depth += 1,
            "(" if depth == 0 => {
                open = Some(place);
                break;
            }
            "(" => depth -= 1,
            "," if depth == 0 => argument += 1,
            _ => {}
        }
    }
    let name = open?.checked_sub(1)?;
    let word = tokens[name].text.to_lowercase();
    if tokens[name].kind != LexemeKind::Word || NO_FUNCTIONS.contains(&word.as_str()) {
        return None;
    }
    let mut after = 0;
    let mut depth = 0usize;
    for token in tokens[at + 1..].iter().take(NEAR) {
        match token.text {
            "(" => depth += 1,
            ")" if depth == 0 => break,
            ")" => depth -= 1,
            "," if depth == 0 => after += 1,
            _ => {}
        }
    }
    Some(Call { name, argument, arguments: argument + after + 1 })
}

/// `to_tsvector(…, column) @@ to_tsquery(…, $1)`.
fn searched(tokens: &[Token<'_>], function: usize) -> Option<Place> {
    let end = function.checked_sub(2)?;
    let matches = tokens[end].text == "@" && tokens[end + 1].text == "@";
    if matches { column_before(tokens, end, How::Words) } else { None }
}

fn beside(tokens: &[Token<'_>], at: usize) -> Option<Place> {
    let mut before = at;
    // Elements of a list, and brackets around the parameter.
    while before > 0
        && (matches!(tokens[before - 1].text, "(" | ",")
            || tokens[before - 1].kind == LexemeKind::Placeholder
            || matches!(tokens[before - 1].kind, LexemeKind::Text | LexemeKind::Number)
                && before < at)
    {
        before -= 1;
    }
    let last = tokens.get(before.checked_sub(1)?);
    if is(last, "LIMIT") || is(last, "FIRST") || is(last, "NEXT") {
        return Some(Place::Limit);
    }
    if is(last, "OFFSET") {
        return Some(Place::Offset);
    }
    if is(last, "INTERVAL") {
        return Some(Place::Interval);
    }
    if is(last, "AND")
        && before >= 3
        && tokens[before - 2].kind == LexemeKind::Placeholder
        && is(tokens.get(before - 3), "BETWEEN")
    {
        return column_before(tokens, before - 3, How::Below);
    }
    if is(last, "BETWEEN") {
        return column_before(tokens, before - 1, How::Above);
    }
    compared(tokens, before).or_else(|| compared_behind(tokens, at))
}

/// `column = $1`, `column IN ($1`, `column LIKE $1`, `column = ANY ($1`.
fn compared(tokens: &[Token<'_>], before: usize) -> Option<Place> {
    let last = tokens.get(before.checked_sub(1)?)?;
    if last.text.eq_ignore_ascii_case("IN") {
        let not = usize::from(before >= 2 && is(tokens.get(before - 2), "NOT"));
        return column_before(tokens, before - 1 - not, How::Equal);
    }
    if last.text.eq_ignore_ascii_case("LIKE") || last.text.eq_ignore_ascii_case("ILIKE") {
        let not = usize::from(before >= 2 && is(tokens.get(before - 2), "NOT"));
        return column_before(tokens, before - 1 - not, How::Like);
    }
    let any = last.text.eq_ignore_ascii_case("ANY") || last.text.eq_ignore_ascii_case("ALL");
    let end = if any { before - 1 } else { before };
    let length = tokens[..end].iter().rev().take_while(|token| is_operator(token)).count();
    let operator: String = tokens[end - length..end].iter().map(|token| token.text).collect();
    let how = match operator.as_str() {
        _ if any => How::Any,
        "=" | "<>" | "!=" => How::Equal,
        ">" | ">=" => How::Above,
        "<" | "<=" => How::Below,
        "~~" | "~~*" => How::Like,
        "@>" => How::Within,
        "->" | "->>" => How::Key,
        _ => return None,
    };
    column_before(tokens, end - length, how)
}

/// `$1 = column`, `$1 < column`.
fn compared_behind(tokens: &[Token<'_>], at: usize) -> Option<Place> {
    let mut next = at + 1;
    // `$1::date`
    while tokens.get(next).is_some_and(|token| token.text == ":") {
        next += 1;
        if tokens.get(next).is_some_and(|token| token.kind == LexemeKind::Word) {
            next += 1;
        }
    }
    let length = tokens.get(next..)?.iter().take_while(|token| is_operator(token)).count();
    let operator: String = tokens[next..next + length].iter().map(|token| token.text).collect();
    let how = match operator.as_str() {
        "=" | "<>" => How::Equal,
        "<" | "<=" => How::Above,
        ">" | ">=" => How::Below,
        _ => return None,
    };
    let mut end = next + length;
    if !tokens.get(end).is_some_and(is_name) {
        return None;
    }
    end += 1;
    while is(tokens.get(end), ".") && tokens.get(end + 1).is_some_and(is_name) {
        end += 2;
    }
    column_before(tokens, end, how)
}

fn is_operator(token: &Token<'_>) -> bool {
    token.kind == LexemeKind::Symbol
        && matches!(token.text, "=" | "<" | ">" | "!" | "~" | "*" | "@" | "-")
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, LexemeKind::Word | LexemeKind::QuotedIdentifier)
}

/// The column that ends before `end`; inside of a function's brackets the last one.
fn column_before(tokens: &[Token<'_>], end: usize, how: How) -> Option<Place> {
    let mut end = end;
    loop {
        let cast = end >= 4
            && tokens[end - 1].kind == LexemeKind::Word
            && tokens[end - 2].text == ":"
            && tokens[end - 3].text == ":";
        match tokens.get(end.checked_sub(1)?)?.text {
            ")" => end -= 1,
            // `column::bigint = $1`
            _ if cast => end -= 3,
            _ => break,
        }
    }
    let name = tokens.get(end.checked_sub(1)?).filter(|token| is_name(token))?;
    let qualified = end >= 3 && tokens[end - 2].text == "." && is_name(&tokens[end - 3]);
    let qualifier = qualified.then(|| plain(tokens[end - 3].text));
    Some(Place::Column { qualifier, name: plain(name.text), how })
}

fn plain(name: &str) -> String {
    match name.strip_prefix(['"', '`']).and_then(|name| name.strip_suffix(['"', '`'])) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str, count: usize) -> Vec<Option<Place>> {
        places(sql, crate::engine::all()[0].dialect().lexis(), count)
    }

    fn column(qualifier: Option<&str>, name: &str, how: How) -> Option<Place> {
        Some(Place::Column { qualifier: qualifier.map(str::to_owned), name: name.to_owned(), how })
    }

    #[test]
    fn parameters_are_found_beside_their_columns() {
        assert_eq!(
            of(
                "SELECT * FROM a x WHERE x.id = $1 AND lower(\"Name\") LIKE $2 AND day BETWEEN $3 AND $4 LIMIT $5 OFFSET $6",
                6
            ),
            [
                column(Some("x"), "id", How::Equal),
                column(None, "Name", How::Like),
                column(None, "day", How::Above),
                column(None, "day", How::Below),
                Some(Place::Limit),
                Some(Place::Offset),
            ]
        );
        assert_eq!(
            of(
                "SELECT 1 FROM a WHERE id IN ($1, $2) AND $3 < b AND c = ANY ($4) AND d >= $5 AND f(x, $6)",
                6
            ),
            [
                column(None, "id", How::Equal),
                column(None, "id", How::Equal),
                column(None, "b", How::Above),
                column(None, "c", How::Any),
                column(None, "d", How::Above),
                None,
            ]
        );
    }

    #[test]
    fn functions_and_casts_around_either_side_do_not_hide_the_column() {
        assert_eq!(
            of(
                "SELECT 1 FROM a WHERE lower(email) = lower($1) AND ref::bigint = $2 AND doc @> $3",
                3
            ),
            [
                column(None, "email", How::Equal),
                column(None, "ref", How::Equal),
                column(None, "doc", How::Within),
            ]
        );
        assert_eq!(
            of(
                "SELECT 1 FROM a x WHERE to_tsvector($1, x.body) @@ plainto_tsquery($2, $3) AND date_trunc($4, day) = $5 AND doc ->> $6 = 'x'",
                6
            ),
            [
                Some(Place::Configuration),
                Some(Place::Configuration),
                column(Some("x"), "body", How::Words),
                Some(Place::Unit),
                column(None, "day", How::Equal),
                column(None, "doc", How::Key),
            ]
        );
    }
}
