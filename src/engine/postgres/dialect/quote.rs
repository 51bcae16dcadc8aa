//! Names and values, safe in a statement of ours.

use pg_query::protobuf::KeywordKind;

/// Quoted unless it is a plain lower-case name that is no keyword. A NUL cannot be part of a name
/// on the server, so it is left out.
pub fn identifier(name: &str) -> String {
    if is_plain(name) && !is_keyword(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

fn is_plain(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let goes_on = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    starts_well && goes_on
}

/// Any keyword but the unreserved ones, as the server's own function does it.
fn is_keyword(name: &str) -> bool {
    let Ok(scanned) = pg_query::scan(name) else { return true };
    let free = [KeywordKind::NoKeyword as i32, KeywordKind::UnreservedKeyword as i32];
    scanned.tokens.iter().any(|token| !free.contains(&token.keyword_kind))
}

/// A word that the grammar knows, reserved or not.
pub fn is_known_word(word: &str) -> bool {
    let Ok(scanned) = pg_query::scan(word) else { return true };
    scanned.tokens.iter().any(|token| token.keyword_kind != KeywordKind::NoKeyword as i32)
}

/// Safe whatever `standard_conforming_strings` says: a backslash makes it an `E'…'` string.
pub fn literal(value: &str) -> String {
    let quoted = value.replace('\0', "").replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
