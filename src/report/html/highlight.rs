//! Colours for statements: keywords, texts, numbers, comments. For eyes only: the text stays the original, so that a copy
//! is exact, and what is not understood stays plain.

use super::code::escaped;

/// Words that give a statement its shape; types and functions are left plain.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLUMN",
    "CONCURRENTLY",
    "CREATE",
    "CROSS",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FETCH",
    "FILTER",
    "FIRST",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IF",
    "ILIKE",
    "IN",
    "INCLUDE",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATERIALIZED",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "RESET",
    "RETURNING",
    "RIGHT",
    "ROWS",
    "SELECT",
    "SET",
    "SYSTEM",
    "TABLE",
    "THEN",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VACUUM",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Longer texts are documents rather than statements, and spans cost a page its speed.
const LONGEST: usize = 20_000;

/// `text` as HTML.
pub fn highlighted(text: &str) -> String {
    if text.len() > LONGEST {
        return escaped(text);
    }
    let mut html = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, class) = token(rest, first);
        let (token, after) = rest.split_at(length.max(first.len_utf8()));
        match class {
            Some(class) => {
                html.push_str(&format!("<span class=\"{class}\">{}</span>", escaped(token)));
            }
            None => html.push_str(&escaped(token)),
        }
        rest = after;
    }
    html
}

/// Bytes of the token that `text` begins with, and its class.
fn token(text: &str, first: char) -> (usize, Option<&'static str>) {
    if text.starts_with("--") {
        return (text.find('\n').unwrap_or(text.len()), Some("sc"));
    }
    if text.starts_with("/*") {
        return (text.find("*/").map_or(text.len(), |end| end + 2), Some("sc"));
    }
    if first == '\'' {
        return (quoted(text, '\''), Some("ss"));
    }
    if first == '"' || first == '`' {
        return (quoted(text, first), None);
    }
    if first.is_ascii_digit() {
        let number = |c: char| c.is_ascii_alphanumeric() || c == '.';
        return (text.find(|c| !number(c)).unwrap_or(text.len()), Some("sn"));
    }
    if first.is_alphabetic() || first == '_' {
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = text.find(|c| !word(c)).unwrap_or(text.len());
        let upper = text[..length].to_ascii_uppercase();
        return (length, KEYWORDS.binary_search(&upper.as_str()).is_ok().then_some("sk"));
    }
    (first.len_utf8(), None)
}

/// Up to the closing quote, doubled ones being part of the text.
fn quoted(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote) {
        from += at + 1;
        if !text[from..].starts_with(quote) {
            return from;
        }
        from += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn each_kind_has_its_class() {
        assert_eq!(
            highlighted("select a1 -- it\nfrom t where b='x''y' and c>10"),
            "<span class=\"sk\">select</span> a1 <span class=\"sc\">-- it</span>\n\
             <span class=\"sk\">from</span> t <span class=\"sk\">where</span> b=\
             <span class=\"ss\">&#39;x&#39;&#39;y&#39;</span> <span class=\"sk\">and</span> c&gt;\
             <span class=\"sn\">10</span>"
        );
        assert_eq!(highlighted("\"select\""), "&quot;select&quot;");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_markup(text in ".{0,60}") {
            let html = highlighted(&text);
            let mut bare = html.replace("</span>", "");
            for class in ["sk", "ss", "sn", "sc"] {
                bare = bare.replace(&format!("<span class=\"{class}\">"), "");
            }
            prop_assert_eq!(bare, escaped(&text).replace("</span>", ""));
        }
    }
}
