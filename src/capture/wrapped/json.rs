//! JSON documents whose text is a line of the server: Docker's files, Cloud SQL, Azure, log shippers. And documents that
//! were cut at 16 kB, or that stand in one long array.

use serde_json::Value;

use super::Unwrap;

/// Where a shipper puts the server's text.
#[derive(Debug, Default)]
pub struct JsonText;

/// The server's text in `line`, with its prefix before it.
pub fn text_of(line: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(line).ok()?;
    let direct = ["textPayload", "log", "message", "MESSAGE", "msg"];
    let found = direct.iter().find_map(|key| document.get(key)?.as_str().map(str::to_owned));
    let nested = || document.get("jsonPayload")?.get("message")?.as_str().map(str::to_owned);
    azure(&document).or(found).or_else(nested)
}

/// Azure keeps prefix, level and message apart.
fn azure(document: &Value) -> Option<String> {
    let properties = document.get("properties")?;
    let part =
        |key: &str| properties.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let message = part("message")?;
    let Some(level) = part("errorLevel").filter(|level| !message.contains(&format!("{level}:  ")))
    else {
        return Some(message.to_owned());
    };
    let prefix = match part("prefix") {
        Some(prefix) => prefix.to_owned(),
        None => format!(
            "{} [{}] ",
            part("timestamp").unwrap_or_default(),
            properties.get("processId").and_then(Value::as_i64).unwrap_or(0)
        ),
    };
    let mut text = format!("{prefix}{level}:  {message}");
    for (key, word) in [("detail", "DETAIL"), ("context", "CONTEXT"), ("statement", "STATEMENT")] {
        if let Some(more) = part(key) {
            text.push_str(&format!("\n{prefix}{word}:  {more}"));
        }
    }
    Some(text)
}

impl Unwrap for JsonText {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(text) = text_of(line) else { return false };
        for (number, part) in text.trim_end_matches('\n').split('\n').enumerate() {
            // Lines of one text belong together, as the server's tab says; details have a prefix of their own.
            let bare = number > 0
                && !part.starts_with('\t')
                && !crate::capture::prefix::has_level(part.as_bytes());
            if bare {
                out.push(b'\t');
            }
            out.extend_from_slice(part.as_bytes());
            out.push(b'\n');
        }
        true
    }

    fn end(&mut self, _: &mut Vec<u8>) {}
}

/// One document a line, whatever the file makes of them: pretty-printed, in an array, or cut into pieces of 16 kB.
#[derive(Debug, Default)]
pub struct Documents {
    held: Vec<u8>,
    depth: usize,
    quoted: bool,
    escaped: bool,
    /// What takes the text out of each document, if that is not the document itself.
    texts: bool,
}

impl Unwrap for Documents {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool {
        // A document that begins anew ends one that was never finished.
        if self.depth > 0 && line.starts_with(b"{\"") && !self.quoted {
            self.end(out);
        }
        for byte in line {
            self.byte(*byte, out);
        }
        if self.quoted && self.held.len() > crate::capture::pipeline::LONGEST {
            self.end(out);
        }
        true
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            self.document(out);
        }
        (self.depth, self.quoted, self.escaped) = (0, false, false);
    }
}

impl Documents {
    /// Documents that hold the server's text.
    pub fn of_texts() -> Self {
        Documents { texts: true, ..Documents::default() }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.depth == 0 && byte != b'{' {
            return;
        }
        self.held.push(byte);
        if self.quoted {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.quoted = true,
            b'{' => self.depth += 1,
            b'}' => self.depth -= 1,
            _ => {}
        }
        if self.depth == 0 {
            self.document(out);
        }
    }

    fn document(&mut self, out: &mut Vec<u8>) {
        let document = std::mem::take(&mut self.held);
        if !(self.texts && JsonText.line(&document, out)) {
            out.extend_from_slice(&document);
            out.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_clouds_put_them() {
        for (document, text) in [
            (r#"{"textPayload":"2024 [1] LOG:  a\nb","timestamp":"x"}"#, "2024 [1] LOG:  a\n\tb\n"),
            (r#"{"log":"LOG:  a\n","stream":"stderr"}"#, "LOG:  a\n"),
            (
                r#"{"properties":{"message":"a","errorLevel":"LOG","prefix":"2024-03-04 10:11:12 UTC-65e59e30.47-","detail":"d"}}"#,
                "2024-03-04 10:11:12 UTC-65e59e30.47-LOG:  a\n2024-03-04 10:11:12 UTC-65e59e30.47-DETAIL:  d\n",
            ),
        ] {
            let mut out = Vec::new();
            assert!(JsonText.line(document.as_bytes(), &mut out));
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn documents_are_found_in_arrays_and_pieces() {
        let mut documents = Documents::default();
        let mut out = Vec::new();
        for line in ["[", "  {\"a\": \"x}\",", "   \"b\": 1},", " {\"c\":\"cut ", "here\"}]"] {
            documents.line(line.as_bytes(), &mut out);
        }
        documents.end(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"a\": \"x}\",   \"b\": 1}\n{\"c\":\"cut here\"}\n"
        );
    }
}
