//! Rows in the text form of bulk loading: tabs between fields, `\N` for NULL.

use std::fmt::Display;
use std::io::Write as _;

/// Rows in the making.
#[derive(Default)]
pub struct CopyText {
    bytes: Vec<u8>,
    in_row: bool,
}

impl CopyText {
    /// A number or anything else whose text has neither tab, line end nor backslash.
    pub fn plain(&mut self, value: impl Display) -> &mut Self {
        self.separate();
        write!(self.bytes, "{value}").expect("writing into memory does not fail");
        self
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        for &byte in value.as_bytes() {
            match byte {
                b'\\' => self.bytes.extend_from_slice(b"\\\\"),
                b'\t' => self.bytes.extend_from_slice(b"\\t"),
                b'\n' => self.bytes.extend_from_slice(b"\\n"),
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                other => self.bytes.push(other),
            }
        }
        self
    }

    pub fn null(&mut self) -> &mut Self {
        self.separate();
        self.bytes.extend_from_slice(b"\\N");
        self
    }

    pub fn plain_or_null(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.null(),
        }
    }

    pub fn text_or_null(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub fn end_row(&mut self) {
        self.bytes.push(b'\n');
        self.in_row = false;
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.in_row = false;
    }

    fn separate(&mut self) {
        if self.in_row {
            self.bytes.push(b'\t');
        }
        self.in_row = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        let mut rows = CopyText::default();
        rows.plain(7).text("a\tb\\c\nd").null().plain_or_null(None::<u8>).end_row();
        rows.text_or_null(Some("x")).end_row();
        assert_eq!(rows.bytes(), b"7\ta\\tb\\\\c\\nd\t\\N\t\\N\nx\n");
    }
}
