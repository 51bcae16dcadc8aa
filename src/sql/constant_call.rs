//! Calls with constant arguments in a condition, as plans print conditions.

/// Every outermost call `name(…)` in `condition` whose arguments are literals, in order. Names in capitals
/// are the grammar's own (`COALESCE(…)`), a name behind `::` is a type's.
pub fn constant_calls(condition: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = condition;
    while let Some(piece) = next(rest) {
        let (text, behind) = rest.split_at(piece.length);
        rest = behind;
        if !piece.is_name || !behind.starts_with('(') {
            continue;
        }
        let Some(end) = closing(behind) else { break };
        let (arguments, after) = behind.split_at(end);
        if text.chars().any(char::is_lowercase) && is_constant(&arguments[1..]) {
            found.push(format!("{text}{arguments})"));
            rest = &after[1..];
        }
    }
    found
}

struct Piece {
    length: usize,
    /// A name that could be a function's or a column's.
    is_name: bool,
}

/// The literal, name, type or sign that `text` begins with.
fn next(text: &str) -> Option<Piece> {
    let first = text.chars().next()?;
    let piece = |length: usize, is_name: bool| Some(Piece { length, is_name });
    match first {
        '\'' => piece(quoted(text, '\''), false),
        '"' => piece(name(text), true),
        ':' if text.starts_with("::") => piece(2 + type_name(&text[2..]), false),
        _ if first.is_alphabetic() || first == '_' => piece(name(text), true),
        _ if first.is_ascii_digit() || first == '$' => {
            let number = |c: char| !(c.is_alphanumeric() || c == '.' || c == '_');
            piece(1 + text[1..].find(number).unwrap_or(text.len() - 1), false)
        }
        _ => piece(first.len_utf8(), false),
    }
}

/// With the quote that ends it; a doubled one does not.
fn quoted(text: &str, quote: char) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((position, c)) = inside.next() {
        if c != quote {
            continue;
        }
        if inside.next_if(|(_, c)| *c == quote).is_none() {
            return position + 1;
        }
    }
    text.len()
}

/// `schema.name`, either part quoted or not.
fn name(text: &str) -> usize {
    let part = match text.starts_with('"') {
        true => quoted(text, '"'),
        false => {
            let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
            text.find(end).unwrap_or(text.len())
        }
    };
    let behind = &text[part..];
    let goes_on = behind.strip_prefix('.').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '"'))
    });
    if goes_on { part + 1 + name(&behind[1..]) } else { part }
}

/// `timestamp(3) without time zone`, `character varying(20)[]`.
fn type_name(text: &str) -> usize {
    const MORE: [&str; 5] =
        [" without time zone", " with time zone", " varying", " precision", " bit"];
    let mut length = name(text);
    loop {
        let rest = &text[length..];
        let word = MORE.iter().find(|word| rest.starts_with(**word)).map(|word| word.len());
        let bracket = match rest.chars().next() {
            Some('(') => closing(rest).map(|end| end + 1),
            Some('[') => rest.find(']').map(|end| end + 1),
            _ => None,
        };
        match word.or(bracket) {
            Some(more) => length += more,
            None => return length,
        }
    }
}

/// Where the bracket that `text` begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let (mut position, mut depth) = (0, 0usize);
    while let Some(piece) = next(&text[position..]) {
        match text[position..].chars().next() {
            Some('(') => depth += 1,
            Some(')') if depth <= 1 => return Some(position),
            Some(')') => depth -= 1,
            _ => {}
        }
        position += piece.length;
    }
    None
}

/// No column and no parameter stands in `arguments`. Parameters may come from the row of another table.
fn is_constant(arguments: &str) -> bool {
    const VALUES: [&str; 5] = ["true", "false", "NULL", "ARRAY", "ROW"];
    let mut rest = arguments;
    while let Some(piece) = next(rest) {
        let (text, behind) = rest.split_at(piece.length);
        rest = behind;
        let column = piece.is_name && !behind.starts_with('(') && !VALUES.contains(&text);
        if column || text.starts_with('$') {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::constant_calls;

    #[test]
    fn calls_without_columns_are_found() {
        for (condition, calls) in [
            ("(tenant_id = current_tenant())", vec!["current_tenant()"]),
            (
                "(owner = (NULLIF(current_setting('app.user'::text, true), ''::text))::uuid)",
                vec!["current_setting('app.user'::text, true)"],
            ),
            ("((auth.uid() = user_id) AND (NOT is_admin()))", vec!["auth.uid()", "is_admin()"]),
            (
                "(\"Acl\".\"mayRead\"('doc'::character varying(20), 3) IS TRUE)",
                vec!["\"Acl\".\"mayRead\"('doc'::character varying(20), 3)"],
            ),
            ("(price > outer_of(inner_of(1)))", vec!["outer_of(inner_of(1))"]),
        ] {
            assert_eq!(constant_calls(condition), calls, "{condition}");
        }
    }

    #[test]
    fn what_hangs_on_the_row_or_is_no_call_is_left_out() {
        for condition in [
            "(lower(name) = 'a'::text)",
            "(may_read(id, 'x'::text))",
            "(f($1) = g((InitPlan 1).col1))",
            "(amount = 3.5::numeric(10,2))",
            "(note = 'is_admin()'::text)",
            "(id = ANY ('{1,2}'::integer[]))",
            "COALESCE(a, true)",
            "(starts = '2025-01-01'::timestamp(3) without time zone)",
            "(unclosed(1",
            "",
        ] {
            assert_eq!(constant_calls(condition), Vec::<String>::new(), "{condition}");
        }
    }
}
