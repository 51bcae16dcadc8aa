//! A statement's text without its literals: thousands of statements have one skeleton, which is stored once.

/// Stands for a literal in a skeleton. No server takes a statement that holds this byte.
pub const VALUE: u8 = 0;
/// Stands for a comment.
pub const COMMENT: u8 = 1;

/// The text again: each gap filled with its piece. `None` when they do not match in number.
pub fn joined(skeleton: &[u8], pieces: &[&[u8]]) -> Option<Vec<u8>> {
    let length = skeleton.len() + pieces.iter().map(|piece| piece.len()).sum::<usize>();
    let mut text = Vec::with_capacity(length);
    let mut pieces = pieces.iter();
    for part in skeleton.split_inclusive(|byte| *byte <= COMMENT) {
        match part.split_last() {
            Some((last, before)) if *last <= COMMENT => {
                text.extend_from_slice(before);
                text.extend_from_slice(pieces.next()?);
            }
            _ => text.extend_from_slice(part),
        }
    }
    pieces.next().is_none().then_some(text)
}

/// The skeleton of `text`, whose literals and comments stand at `gaps` (start, end, is a comment).
pub fn taken_apart(
    text: &[u8],
    gaps: impl Iterator<Item = (usize, usize, bool)>,
    skeleton: &mut Vec<u8>,
) {
    let mut position = 0;
    for (start, end, comment) in gaps {
        skeleton.extend_from_slice(&text[position..start]);
        skeleton.push(if comment { COMMENT } else { VALUE });
        position = end;
    }
    skeleton.extend_from_slice(&text[position..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back() {
        let text = b"SELECT 'a', 12 /* x */";
        let mut skeleton = Vec::new();
        taken_apart(
            text,
            [(7, 10, false), (12, 14, false), (15, 22, true)].into_iter(),
            &mut skeleton,
        );
        assert_eq!(skeleton, b"SELECT \0, \0 \x01");
        assert_eq!(joined(&skeleton, &[b"'a'", b"12", b"/* x */"]).unwrap(), text);
        assert_eq!(joined(&skeleton, &[b"'a'"]), None);
        assert_eq!(joined(b"x", &[b"'a'"]), None);
    }
}
