//! Lines that a container's runtime or a tool around it has put something before.

use super::Unwrap;
use crate::capture::prefix::timestamp;

/// `2024-03-04T10:11:12.000000000Z stderr F text` of Kubernetes' runtimes (`P`: the line goes on in the next one),
/// `2024-03-04T10:11:12.000000000Z text` of `logs --timestamps`, `db-1  | text` of Compose.
#[derive(Debug, Default)]
pub struct Container {
    held: Vec<u8>,
}

/// What stands behind the runtime's part, and whether the line goes on.
pub fn inner(line: &[u8]) -> Option<(&[u8], bool)> {
    let (_, length) = timestamp(line).filter(|_| line.get(10) == Some(&b'T'))?;
    let rest = line
        .get(length..)?
        .strip_prefix(b" ")
        .or_else(|| line.get(length..).filter(|rest| rest.is_empty()))?;
    for stream in [&b"stderr "[..], b"stdout "] {
        if let Some(flagged) = rest.strip_prefix(stream) {
            return match flagged {
                [b'F', b' ', text @ ..] => Some((text, false)),
                [b'P', b' ', text @ ..] => Some((text, true)),
                [b'F'] => Some((b"", false)),
                _ => None,
            };
        }
    }
    Some((rest, false))
}

impl Unwrap for Container {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool {
        let Some((text, goes_on)) = inner(line) else { return false };
        self.held.extend_from_slice(text);
        if !goes_on {
            self.end(out);
        }
        true
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            out.append(&mut self.held);
            out.push(b'\n');
        }
    }
}

/// `db-1  | text`.
#[derive(Debug, Default)]
pub struct Compose;

pub fn compose_inner(line: &[u8]) -> Option<&[u8]> {
    let bar = line.iter().take(64).position(|byte| *byte == b'|')?;
    let name = line[..bar].trim_ascii();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let named = !name.is_empty() && name.iter().all(plain) && line[..bar].ends_with(b" ");
    named.then(|| line[bar + 1..].strip_prefix(b" ").unwrap_or(&line[bar + 1..]))
}

impl Unwrap for Compose {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(text) = compose_inner(line) else { return false };
        out.extend_from_slice(text);
        out.push(b'\n');
        true
    }

    fn end(&mut self, _: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_part_goes() {
        let mut container = Container::default();
        let mut out = Vec::new();
        for line in [
            "2024-03-04T10:11:12.000000000Z stderr P half ",
            "2024-03-04T10:11:12.000000000Z stderr F and half",
            "2024-03-04T10:11:12.000000000Z \tFROM t",
        ] {
            assert!(container.line(line.as_bytes(), &mut out));
        }
        assert_eq!(out, b"half and half\n\tFROM t\n");
        assert_eq!(compose_inner(b"db-1  | LOG:  x"), Some(&b"LOG:  x"[..]));
        assert_eq!(compose_inner(b"SELECT a || b"), None);
    }
}
