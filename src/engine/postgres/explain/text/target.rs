//! `schema.relation alias`, with the server's quoting taken off.

#[derive(Debug, Default, PartialEq)]
pub struct Target {
    pub schema: Option<String>,
    pub name: String,
    pub alias: Option<String>,
}

pub fn target(text: &str) -> Target {
    let (first, rest) = identifier(text.trim());
    let (schema, name, rest) = match rest.strip_prefix('.') {
        Some(qualified) => {
            let (name, rest) = identifier(qualified);
            (Some(first), name, rest)
        }
        None => (None, first, rest),
    };
    let alias = rest.trim();
    let alias = (!alias.is_empty()).then(|| identifier(alias).0);
    Target { schema, name, alias }
}

/// One identifier and what follows it.
pub fn identifier(text: &str) -> (String, &str) {
    match text.strip_prefix('"') {
        Some(quoted) => quoted_identifier(quoted),
        None => {
            let end = text.find(['.', ' ']).unwrap_or(text.len());
            (text[..end].to_owned(), &text[end..])
        }
    }
}

fn quoted_identifier(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut rest = text;
    while let Some(end) = rest.find('"') {
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (name, rest),
        }
    }
    name.push_str(rest);
    (name, "")
}
