//! Rows as programming languages print them: tuples, dictionaries and lists of strings in either kind of
//! quotes.

use super::row::mentions_figures;

/// The strings of such a list, one a line; `None` for anything else. Names of columns are left out.
pub fn listed(text: &str) -> Option<String> {
    let mut rest = text.trim();
    if !rest.starts_with(['[', '(', '{', '\'', '"']) {
        return None;
    }
    let mut lines = Vec::new();
    while let Some(first) = rest.chars().next() {
        match first {
            '\'' | '"' => {
                let (string, behind) = literal(rest, first)?;
                rest = behind;
                // A key of a dictionary or a hash.
                if !["\u{3a}", "=>"].iter().any(|sign| rest.trim_start().starts_with(sign)) {
                    lines.push(string);
                }
            }
            '[' | ']' | '(' | ')' | '{' | '}' | ',' | ':' | '=' | '>' | ';' => rest = &rest[1..],
            blank if blank.is_whitespace() => rest = &rest[blank.len_utf8()..],
            _ => return None,
        }
    }
    let plan = lines.len() > 1 && lines.iter().any(|line| mentions_figures(line));
    plan.then(|| lines.join("\n"))
}

/// The string that `text` begins with, and what is behind it.
fn literal(text: &str, quote: char) -> Option<(String, &str)> {
    let mut string = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((position, c)) = characters.next() {
        match c {
            '\\' => match characters.next()?.1 {
                'n' => string.push('\n'),
                't' => string.push('\t'),
                other => string.push(other),
            },
            _ if c == quote => return Some((string, text.get(position + 1..)?)),
            _ => string.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::listed;

    const PLAN: &str = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 'x'::text)";

    #[test]
    fn rows_of_several_languages() {
        for text in [
            r#"[('Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)',), ("  Filter: (a = 'x'::text)",)]"#,
            "('Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)',)\n(\"  Filter: (a = 'x'::text)\",)",
            r#"[{'QUERY PLAN': 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)'}, {'QUERY PLAN': '  Filter: (a = \'x\'::text)'}]"#,
            r#"[{"QUERY PLAN"=>"Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)"}, {"QUERY PLAN"=>"  Filter: (a = 'x'::text)"}]"#,
        ] {
            assert_eq!(listed(text).as_deref(), Some(PLAN), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "[1, 2]", PLAN, "('a',)", "['Seq Scan on t  (cost=0.00"] {
            assert_eq!(listed(text), None, "{text}");
        }
    }
}
