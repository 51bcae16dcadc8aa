//! JSON texts by what they say: members in any order, numbers by value, the last of two members of one name.

/// A text that is the same for every way of writing the same value; `None` for a text that is no JSON.
pub fn normalized(text: &str) -> Option<String> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, depth: 0 };
    let value = reader.value()?;
    reader.blanks();
    (reader.at == reader.bytes.len()).then_some(value)
}

/// Deeper ones are compared as texts: no server makes them.
const DEEPEST: usize = 512;

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        self.blanks();
        let value = match self.bytes.get(self.at)? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(|text| quoted(&text)),
            _ => self.scalar(),
        };
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Option<String> {
        self.at += 1;
        let mut members = std::collections::BTreeMap::new();
        if !self.take(b'}') {
            loop {
                self.blanks();
                let name = self.string()?;
                if !self.take(b':') {
                    return None;
                }
                members.insert(name, self.value()?);
                match (self.take(b','), self.take(b'}')) {
                    (true, false) => {}
                    (false, true) => break,
                    _ => return None,
                }
            }
        }
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
        Some(format!("{{{}}}", members.join(",")))
    }

    fn array(&mut self) -> Option<String> {
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value()?);
                match (self.take(b','), self.take(b']')) {
                    (true, false) => {}
                    (false, true) => break,
                    _ => return None,
                }
            }
        }
        Some(format!("[{}]", items.join(",")))
    }

    /// The text between quotes, escapes resolved by the JSON library.
    fn string(&mut self) -> Option<String> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_slice(self.bytes.get(start..self.at)?).ok()
    }

    fn scalar(&mut self) -> Option<String> {
        let start = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            self.at += 1;
        }
        let text = std::str::from_utf8(self.bytes.get(start..self.at)?).ok()?;
        match text {
            "true" | "false" | "null" => Some(text.to_owned()),
            number => decimal(number),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number by its digits and exponent: `1.10`, `1.1` and `11e-1` are one. `None` for what is no number.
pub fn decimal(text: &str) -> Option<String> {
    let (negative, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let trimmed = significant.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some("0".to_owned());
    }
    let dropped = i64::try_from(significant.len() - trimmed.len()).ok()?;
    let scale = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    Some(format!("{}{trimmed}e{scale}", if negative { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_differently_may_be_the_same() {
        let same = |a: &str, b: &str| normalized(a) == normalized(b) && normalized(a).is_some();
        assert!(same(r#"{"a": 1.10, "b": [1e2]}"#, r#"{"b":[100],"a":1.1}"#));
        assert!(same(r#""\u00e4""#, r#""ä""#));
        assert!(same(r#"{"a":1,"a":2}"#, r#"{"a":2}"#));
        assert!(!same(r#"{"a":1}"#, r#"{"a":"1"}"#));
        assert!(!same("[1,2]", "[2,1]"));
        assert!(!same("12345678901234567890.1", "12345678901234567890.2"));
        for wrong in ["", "{", "[1,]", "nul", "1 2", "\"a"] {
            assert_eq!(normalized(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_count_by_value() {
        assert_eq!(decimal("100"), decimal("1e2"));
        assert_eq!(decimal("-0.00"), decimal("0"));
        assert_eq!(decimal("0.50"), decimal(".5"));
        assert_ne!(decimal("0.5"), decimal("0.05"));
        assert_eq!(decimal("1x"), None);
        assert_eq!(decimal(""), None);
    }
}
