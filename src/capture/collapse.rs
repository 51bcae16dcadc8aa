//! One form for skeletons that differ only in spacing, comments and the length of lists.

use crate::trace::{COMMENT, VALUE};

/// `IN (0, 0, 0)` as `IN (0)`, `VALUES (0, 0), (0, 0)` as `VALUES (0)`, one blank between words, no comments. `0` stands
/// for the byte of a value.
pub fn collapsed(skeleton: &[u8]) -> Vec<u8> {
    let mut form: Vec<u8> = Vec::with_capacity(skeleton.len());
    for byte in skeleton {
        match *byte {
            b' ' | b'\t' | b'\n' | b'\r' | COMMENT => {
                if form.last().is_some_and(|last| is_word(*last)) {
                    form.push(b' ');
                }
            }
            byte => {
                if form.last() == Some(&b' ') && !is_word(byte) {
                    form.pop();
                }
                form.push(byte);
                fold(&mut form);
            }
        }
    }
    while matches!(form.last(), Some(b' ' | b';')) {
        form.pop();
    }
    form
}

/// A value behind a comma and a value goes, and so does a row of values behind a row of values.
fn fold(form: &mut Vec<u8>) {
    if form.ends_with(&[VALUE, b',', VALUE]) {
        form.truncate(form.len() - 2);
    } else if form.ends_with(&[b'(', VALUE, b')', b',', b'(', VALUE, b')']) {
        form.truncate(form.len() - 4);
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'"' | b'`' | VALUE | 0x80..)
}

/// As text for people, where no parser could make one.
pub fn readable(form: &[u8]) -> String {
    let bytes: Vec<u8> =
        form.iter().map(|byte| if *byte == VALUE { b'?' } else { *byte }).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A comment differs from call to call (`traceparent`), and may hold what nobody wants to keep.
pub fn without_comments(text: &str, lexis: crate::sql::Lexis) -> String {
    let (mut gaps, mut skeleton) = (Vec::new(), Vec::new());
    super::scan::scan(text.as_bytes(), 0, &lexis, &mut gaps, &mut skeleton);
    let mut plain = Vec::with_capacity(text.len());
    let mut from = 0;
    for gap in gaps.iter().filter(|gap| gap.comment) {
        plain.extend_from_slice(&text.as_bytes()[from..gap.span.start as usize]);
        from = gap.span.end as usize;
    }
    plain.extend_from_slice(&text.as_bytes()[from..]);
    String::from_utf8_lossy(&plain).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fold_and_spacing_goes() {
        for (skeleton, form) in [
            ("SELECT *\n  FROM t\tWHERE a IN (\0, \0,\0)  ;", "SELECT*FROM t WHERE a IN(\0)"),
            ("INSERT INTO t VALUES (\0, \0), (\0,\0) ,(\0, \0)", "INSERT INTO t VALUES(\0)"),
            ("SELECT \x01 a -- \0", "SELECT a--\0"),
            ("SELECT f(\0), g(\0)", "SELECT f(\0),g(\0)"),
        ] {
            assert_eq!(
                readable(&collapsed(skeleton.as_bytes())),
                readable(form.as_bytes()),
                "{skeleton}"
            );
        }
    }
}
