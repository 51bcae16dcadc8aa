//! `{name}`, `{{ name }}`, `{0}`, `{}`, and the inside of `#{name, jdbcType=…}` and `${name}`.

use super::find::Name;

/// What the braces that `text` begins with stand for, and how many bytes they take.
pub fn braces(text: &str) -> Option<(Name, usize)> {
    let (opening, closing) = if text.starts_with("{{") { ("{{", "}}") } else { ("{", "}") };
    let inner = text.strip_prefix(opening)?;
    let end = inner.find(closing)?;
    let content = inner.get(..end)?;
    // `#{id, jdbcType=BIGINT}`: what follows the comma is about its type.
    let name = content.split(',').next().unwrap_or_default().trim();
    let length = opening.len() + end + closing.len();
    let name = match name.parse::<usize>() {
        // Counted from 0, as format strings do.
        Ok(position) if position < 1000 => Name::Nth(position + 1),
        Ok(_) => return None,
        Err(_) if content.is_empty() => Name::Next,
        Err(_) if is_name(name) => Name::Named(name.to_owned()),
        Err(_) => return None,
    };
    Some((name, length))
}

/// Letters, digits and `_`, with dots between: `user.id`.
fn is_name(text: &str) -> bool {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || c == '_')
    };
    !text.is_empty() && text.len() <= 64 && text.split('.').all(part)
}
