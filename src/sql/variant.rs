//! One form for the variants of a statement that an object-relational mapper writes: other lists of columns, AND terms in
//! another order, lists of other lengths.

use super::{LexemeKind, Lexis, Scanner};

/// Words that end a condition at their own level.
const ENDS: [&str; 20] = [
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "WINDOW",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "NATURAL",
];
/// Deeper brackets are taken as they are.
const DEEPEST: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A word (in capitals where it is a bare one), a literal, a symbol.
    Token {
        text: String,
        kind: LexemeKind,
    },
    Brackets(Vec<Part>),
}

impl Part {
    fn is(&self, wanted: &str) -> bool {
        matches!(self, Part::Token { text, kind } if text == wanted && *kind != LexemeKind::Text)
    }

    fn is_name(&self) -> bool {
        matches!(self, Part::Token { kind: LexemeKind::Word | LexemeKind::QuotedIdentifier, .. })
    }

    fn is_value(&self) -> bool {
        matches!(
            self,
            Part::Token {
                kind: LexemeKind::Placeholder | LexemeKind::Number | LexemeKind::Text,
                ..
            }
        )
    }
}

/// The form that all variants of `sql` have in common; `None` where its quotes or brackets do not close.
pub fn variant_form(sql: &str, lexis: Lexis) -> Option<String> {
    let mut open: Vec<Vec<Part>> = vec![Vec::new()];
    for lexeme in Scanner::new(sql, lexis) {
        let lexeme = lexeme.ok()?;
        let text = lexeme.text(sql);
        match (lexeme.kind, text) {
            (LexemeKind::Space | LexemeKind::Comment, _) => {}
            (LexemeKind::Symbol, "(") if open.len() < DEEPEST => open.push(Vec::new()),
            (LexemeKind::Symbol, ")") if open.len() > 1 => {
                let inner = open.pop()?;
                open.last_mut()?.push(Part::Brackets(inner));
            }
            (kind, text) => open.last_mut()?.push(token(kind, text)),
        }
    }
    match open.len() {
        1 => Some(form(&open.pop()?)),
        _ => None,
    }
}

fn token(kind: LexemeKind, text: &str) -> Part {
    let text = match kind {
        // Which number it has depends on the order of the terms.
        LexemeKind::Placeholder => "?".to_owned(),
        LexemeKind::Word => text.to_uppercase(),
        _ => text.to_owned(),
    };
    Part::Token { text, kind }
}

fn form(parts: &[Part]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let rest = &parts[at + 1..];
        if part.is("SELECT") {
            out.push_str(" SELECT");
            at += 1 + columns(rest, &mut out);
        } else if ["WHERE", "HAVING", "ON"].iter().any(|word| part.is(word)) {
            push(&mut out, part);
            let length = condition_length(rest);
            out.push_str(&terms(&rest[..length]));
            at += 1 + length;
        } else if part.is("INTO") {
            push(&mut out, part);
            at += 1 + insertion(rest, &mut out);
        } else {
            push(&mut out, part);
            at += 1;
        }
    }
    out
}

fn push(out: &mut String, part: &Part) {
    match part {
        Part::Token { text, .. } => {
            out.push(' ');
            out.push_str(text);
        }
        Part::Brackets(inner) => {
            out.push_str(" (");
            match is_values(inner) {
                true => out.push('?'),
                false => out.push_str(&form(inner)),
            }
            out.push(')');
        }
    }
}

/// `?, ?, ?`.
fn is_values(parts: &[Part]) -> bool {
    let mut items = parts.split(|part| part.is(","));
    !parts.is_empty() && items.all(|item| matches!(item, [one] if one.is_value() || one.is("NULL")))
}

/// A select list of columns alone, of one or many, is one; how many parts it takes.
fn columns(parts: &[Part], out: &mut String) -> usize {
    let mut from = 0;
    while parts.get(from).is_some_and(|part| part.is("DISTINCT") || part.is("ALL")) {
        push(out, &parts[from]);
        from += 1;
    }
    let length = parts.iter().position(|part| part.is("FROM")).unwrap_or(0);
    if length <= from || !parts[from..length].split(|part| part.is(",")).all(is_column) {
        return from;
    }
    out.push_str(" <columns>");
    length
}

/// `name`, `t.name`, `s.t.name`, `t.*`, each with AS or not.
fn is_column(item: &[Part]) -> bool {
    let name = match item {
        [rest @ .., by, alias] if by.is("AS") && alias.is_name() => rest,
        _ => item,
    };
    name.len() % 2 == 1
        && name.iter().enumerate().all(|(at, part)| match at % 2 {
            0 => part.is_name() || (at + 1 == name.len() && part.is("*")),
            _ => part.is("."),
        })
}

/// `t (a, b) VALUES (?, ?), (?, ?)`: whichever columns, however many rows.
fn insertion(parts: &[Part], out: &mut String) -> usize {
    let table = parts.iter().take_while(|part| part.is_name() || part.is(".")).count();
    let table = match parts[..table].iter().position(|part| part.is("VALUES") || part.is("SELECT"))
    {
        Some(end) => end,
        None => table,
    };
    parts[..table].iter().for_each(|part| push(out, part));
    let mut at = table;
    if let Some(Part::Brackets(inner)) = parts.get(at)
        && inner.split(|part| part.is(",")).all(is_column)
    {
        out.push_str(" (<columns>)");
        at += 1;
    }
    if parts.get(at).is_some_and(|part| part.is("VALUES")) {
        let rows = parts[at + 1..].iter().take_while(|part| {
            part.is(",") || matches!(part, Part::Brackets(inner) if is_values(inner))
        });
        let rows = rows.count();
        if rows > 0 {
            out.push_str(" VALUES (?)");
            at += 1 + rows;
        }
    }
    at
}

fn condition_length(parts: &[Part]) -> usize {
    let ends = |part: &Part| part.is(";") || ENDS.iter().any(|word| part.is(word));
    // LEFT(…) and RIGHT(…) are functions.
    let is_call = |at: usize| {
        (parts[at].is("LEFT") || parts[at].is("RIGHT"))
            && matches!(parts.get(at + 1), Some(Part::Brackets(_)))
    };
    (0..parts.len()).find(|at| ends(&parts[*at]) && !is_call(*at)).unwrap_or(parts.len())
}

/// AND terms in the order of their letters; where an OR or a CASE stands beside them they keep their order.
fn terms(parts: &[Part]) -> String {
    let keeps = ["OR", "XOR", "CASE", "|"];
    let written = |part: &[Part]| form(part);
    if parts.iter().any(|part| keeps.iter().any(|word| part.is(word))) {
        return written(parts);
    }
    let mut terms = Vec::new();
    let (mut from, mut between) = (0, false);
    for (at, part) in parts.iter().enumerate() {
        if part.is("BETWEEN") {
            between = true;
        } else if part.is("AND") && !std::mem::take(&mut between) {
            terms.push(written(&parts[from..at]));
            from = at + 1;
        }
    }
    terms.push(written(&parts[from..]));
    terms.sort();
    terms.join(" AND")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::postgres::dialect::PostgresDialect;
    use crate::sql::Dialect;
    use proptest::prelude::*;

    fn of(sql: &str) -> String {
        variant_form(sql, PostgresDialect.lexis()).unwrap()
    }

    #[test]
    fn variants_have_one_form() {
        for (one, other) in [
            (
                "SELECT a, b FROM t WHERE x = $1 AND y = $2",
                "select t.a, t.c AS d from t where y = $1 and x = $2",
            ),
            (
                "SELECT * FROM t WHERE a BETWEEN $1 AND $2 AND b = $3",
                "SELECT id FROM t WHERE b = $1 AND a BETWEEN $2 AND $3",
            ),
            ("SELECT a FROM t WHERE a IN ($1, $2)", "SELECT a FROM t WHERE a IN ($1)"),
            ("INSERT INTO t (a, b) VALUES ($1, $2)", "INSERT INTO t (a) VALUES ($1), ($2)"),
            (
                "SELECT a FROM t JOIN u ON t.x = u.x AND u.y = $1 WHERE t.z = $2 ORDER BY a",
                "SELECT b FROM t JOIN u ON u.y = $1 AND t.x = u.x WHERE t.z = $2 ORDER BY a",
            ),
            (
                "SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = $1 AND d = $2)",
                "SELECT a FROM t WHERE a IN (SELECT c FROM u WHERE d = $1 AND c = $2)",
            ),
        ] {
            assert_eq!(of(one), of(other), "{one}");
        }
    }

    #[test]
    fn what_asks_something_else_keeps_its_own_form() {
        for (one, other) in [
            ("SELECT a FROM t WHERE x = $1 AND y = $2", "SELECT a FROM t WHERE x = $1 OR y = $2"),
            (
                "SELECT a FROM t WHERE x = $1 AND y = $2 OR z = $3",
                "SELECT a FROM t WHERE x = $1 OR z = $2 AND y = $3",
            ),
            ("SELECT count(a) FROM t", "SELECT a FROM t"),
            ("SELECT DISTINCT a FROM t", "SELECT a FROM t"),
            ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY b"),
            ("SELECT a FROM t WHERE x = $1", "SELECT a FROM t WHERE x > $1"),
            ("SELECT a FROM t WHERE x = $1 LIMIT $2", "SELECT a FROM t WHERE x = $1"),
            ("SELECT a FROM t", "SELECT a FROM u"),
            ("SELECT a FROM t WHERE \"X\" = $1", "SELECT a FROM t WHERE x = $1"),
        ] {
            assert_ne!(of(one), of(other), "{one}");
        }
        assert_eq!(variant_form("SELECT (", PostgresDialect.lexis()), None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_form_or_none(text in "[SELCTWHRANDO ,.()'\"?*=$1-9a-z]{0,80}") {
            let _ = variant_form(&text, PostgresDialect.lexis());
        }
    }
}
