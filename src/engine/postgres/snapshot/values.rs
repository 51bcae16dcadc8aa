//! Values as one literal of an array, and each on its own.

/// `None` for what is no array of one dimension.
pub fn split(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let (mut values, mut value) = (Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?),
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '{' | '}' if !quoted => return None,
            ',' if !quoted => {
                values.push(finished(&mut value, was_quoted));
                was_quoted = false;
            }
            letter => value.push(letter),
        }
    }
    values.push(finished(&mut value, was_quoted));
    (!quoted).then_some(values)
}

fn finished(value: &mut String, was_quoted: bool) -> Option<String> {
    let value = std::mem::take(value);
    (was_quoted || !value.eq_ignore_ascii_case("null")).then_some(value)
}

pub fn joined(values: &[Option<String>]) -> String {
    let one = |value: &Option<String>| match value {
        None => "NULL".to_owned(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    format!("{{{}}}", values.iter().map(one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_apart_and_together_again() {
        let text = r#"{a,"b c","d\"e\\f",NULL,"null",""}"#;
        let values = split(text).unwrap();
        let expected = [Some("a"), Some("b c"), Some("d\"e\\f"), None, Some("null"), Some("")];
        assert_eq!(values, expected.map(|value| value.map(str::to_owned)));
        assert_eq!(split(&joined(&values)).unwrap(), values);
        assert_eq!(split("{}"), Some(Vec::new()));
        for odd in ["{{1,2},{3,4}}", "{\"unclosed", "a", "{a,\"b}"] {
            assert_eq!(split(odd), None, "{odd}");
        }
    }
}
