//! Values as the languages of programs print them.

use serde_json::{Map, Value};

/// The values of one execution: a list in order, or an object by name.
pub type Set = Value;

/// `[4711, "x"]`, `[["id", 4711], ["LIMIT", 20]]`, `(4711, 'x')`, `{'id': 4711}`. `None` where it is none of these, or where
/// a value was kept back.
pub fn list(text: &str) -> Option<Set> {
    let json = as_json(text.trim());
    let mut documents = serde_json::Deserializer::from_str(&json).into_iter::<Value>();
    match documents.next()?.ok()? {
        Value::Array(items) => {
            let named = |item: &Value| item.as_array().is_some_and(|pair| pair.len() == 2);
            let values = match items.iter().all(named) {
                true => items.iter().filter_map(|pair| pair.get(1).cloned()).collect(),
                false => items,
            };
            values.iter().all(is_plain).then_some(Value::Array(values))
        }
        Value::Object(named) if is_counted(&named) => {
            Some(Value::Array(named.into_iter().map(|(_, value)| value).collect()))
        }
        Value::Object(named) => named.values().all(is_plain).then_some(Value::Object(named)),
        _ => None,
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// `{"1": 4711, "2": "x"}`
fn is_counted(named: &Map<String, Value>) -> bool {
    !named.is_empty()
        && named
            .iter()
            .zip(1usize..)
            .all(|((name, value), at)| is_plain(value) && name.parse::<usize>() == Ok(at))
}

/// Strings in double quotes, lists in brackets, and the words for nothing and for truth.
fn as_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut word = String::new();
    while let Some(letter) = letters.next() {
        if letter.is_alphabetic() {
            word.push(letter);
            continue;
        }
        json.push_str(said(&std::mem::take(&mut word)));
        match letter {
            '\'' | '"' => json.push_str(&string(letter, &mut letters)),
            '(' => json.push('['),
            ')' | ']' | '}' => {
                // `(4711,)` is a list of one.
                let kept = json.trim_end().trim_end_matches(',').len();
                json.truncate(kept);
                json.push(if letter == ')' { ']' } else { letter });
            }
            other => json.push(other),
        }
    }
    json + said(&word)
}

fn said(word: &str) -> &str {
    match word {
        "None" | "nil" | "NULL" => "null",
        "True" => "true",
        "False" => "false",
        other => other,
    }
}

fn string(quote: char, letters: &mut impl Iterator<Item = char>) -> String {
    let mut inside = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => inside.push('\n'),
                Some(other) => inside.push(other),
                None => break,
            },
            _ if letter == quote => break,
            other => inside.push(other),
        }
    }
    Value::String(inside).to_string()
}

/// `(1:BIGINT) <- [4711]`, `[1] as [BIGINT] - [4711]`: the first number tells which, the last brackets what.
pub fn numbered<'l>(lines: impl Iterator<Item = &'l str>) -> Option<Set> {
    let mut values: Vec<Value> = Vec::new();
    for line in lines {
        let digits = line.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (_, value) = line.split_once(['-'])?;
        let value = value.trim_start().strip_prefix('[')?.trim_end().strip_suffix(']')?;
        if digits.get(..end)?.parse::<usize>() != Ok(values.len() + 1) {
            return None;
        }
        values.push(match value {
            "null" => Value::Null,
            text => Value::String(text.to_owned()),
        });
    }
    (!values.is_empty()).then_some(Value::Array(values))
}

/// `4711(Long), open(String), null`
pub fn typed(text: &str) -> Set {
    let value = |part: &str| match part.rsplit_once('(') {
        Some((value, _)) => Value::String(value.to_owned()),
        None => Value::Null,
    };
    let parts = text.trim().split(", ").filter(|part| !part.is_empty());
    Value::Array(parts.map(value).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_several_languages() {
        for (text, values) in [
            ("[[\"customer_id\", 4711], [\"LIMIT\", 20]]", json!([4711, 20])),
            ("[[nil, \"o'x\"]]", json!(["o'x"])),
            ("(4711, 'it\\'s', None)", json!([4711, "it's", null])),
            ("(4711,)", json!([4711])),
            ("{'customer_id_1': 4711, 'open': True}", json!({"customer_id_1": 4711, "open": true})),
            ("{\"1\":4711,\"2\":\"open\"}, types: array{\"1\":1}", json!([4711, "open"])),
        ] {
            assert_eq!(list(text), Some(values), "{text}");
        }
        for other in ["", "SELECT 1", "[[1, 2, 3]]", "{'a': {'b': 1}}", "[1"] {
            assert_eq!(list(other), None, "{other}");
        }
    }

    #[test]
    fn values_that_are_told_one_by_one() {
        let new = [" (1:BIGINT) <- [4711]", " (2:VARCHAR) <- [null]"];
        assert_eq!(numbered(new.into_iter()), Some(json!(["4711", null])));
        let old = [" [1] as [BIGINT] - [4711]"];
        assert_eq!(numbered(old.into_iter()), Some(json!(["4711"])));
        assert_eq!(numbered([" [2] as [BIGINT] - [4711]"].into_iter()), None);
        assert_eq!(typed("4711(Long), open(String)"), json!(["4711", "open"]));
    }
}
