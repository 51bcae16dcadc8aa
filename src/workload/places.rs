//! Where a statement's parameters stand: beside which column, and how they are compared with it.

use crate::sql::{LexemeKind, Lexis, Scanner};

/// How values of a column make one for a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Equal,
    /// `>`: the column is above the parameter.
    Above,
    Below,
    Like,
    /// `= ANY`: the parameter is an array.
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Limit,
    Offset,
    Interval,
    Column { qualifier: Option<String>, name: String, how: How },
}

impl How {
    /// Four values: for a common, a median, a rare and an absent one.
    pub fn apply(
        self,
        common: &str,
        median: &str,
        rare: &str,
        absent: &str,
        low: &str,
        high: &str,
    ) -> Vec<String> {
        let like = |value: &str| {
            format!(
                "{}%",
                value.chars().take(3).filter(|c| !matches!(c, '%' | '_')).collect::<String>()
            )
        };
        let any = |values: &[&str]| {
            let quoted = values
                .iter()
                .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
            format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
        };
        match self {
            How::Equal => [common, median, rare, absent].map(str::to_owned).to_vec(),
            How::Above => [low, median, high, low].map(str::to_owned).to_vec(),
            How::Below => [high, median, low, high].map(str::to_owned).to_vec(),
            How::Like => [common, median, rare, absent].map(like).to_vec(),
            How::Any => vec![
                any(&[common, median]),
                any(&[median]),
                any(&[rare, low, high]),
                any(&[absent]),
            ],
        }
    }
}

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

fn place(tokens: &[Token<'_>], at: usize) -> Option<Place> {
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
    token.kind == LexemeKind::Symbol && matches!(token.text, "=" | "<" | ">" | "!" | "~" | "*")
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, LexemeKind::Word | LexemeKind::QuotedIdentifier)
}

/// The column that ends before `end`; inside of a function's brackets the last one.
fn column_before(tokens: &[Token<'_>], end: usize, how: How) -> Option<Place> {
    let mut end = end;
    while end > 0 && tokens[end - 1].text == ")" {
        end -= 1;
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
}
