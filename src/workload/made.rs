//! What values of a column make a value for a parameter that stands beside it.

/// How a parameter stands beside its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Equal,
    /// `>`: the column is above the parameter.
    Above,
    Below,
    Like,
    /// `= ANY`: the parameter is an array.
    Any,
    /// `@>`: the column's document, or array, holds the parameter.
    Within,
    /// `->>`: the parameter is a key of the column's document.
    Key,
    /// The parameter is searched for as words of the column's text.
    Words,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Limit,
    Offset,
    Interval,
    /// `date_trunc($1, …)`.
    Unit,
    /// Of a text search.
    Configuration,
    Column {
        qualifier: Option<String>,
        name: String,
        how: How,
    },
}

/// Values of one column: what a parameter compared with it may be.
#[derive(Debug, Clone)]
pub struct Values {
    pub common: String,
    pub median: String,
    pub rare: String,
    pub absent: String,
    pub low: String,
    pub high: String,
}

impl How {
    /// Four values: for a common, a median, a rare and an absent one; `None` where the column's values make none.
    pub fn apply(self, values: &Values) -> Option<Vec<String>> {
        let Values { common, median, rare, absent, low, high } = values;
        let each = [common, median, rare, absent];
        let all = |make: fn(&str) -> Option<String>| {
            let made: Vec<Option<String>> = each.iter().map(|value| make(value)).collect();
            let spare = made.iter().flatten().next().cloned()?;
            Some(made.into_iter().map(|value| value.unwrap_or_else(|| spare.clone())).collect())
        };
        let owned = |values: [&String; 4]| Some(values.map(String::clone).to_vec());
        match self {
            How::Equal => owned(each),
            How::Above => owned([low, median, high, low]),
            How::Below => owned([high, median, low, high]),
            // Most searches are for something anywhere in the text, and some for its beginning.
            How::Like => Some(vec![
                format!("%{}%", part(common)),
                format!("{}%", part(median)),
                format!("%{}%", part(rare)),
                format!("{}%", part(absent)),
            ]),
            How::Any => Some(vec![
                array(&[common, median]),
                array(&[median]),
                array(&[rare, low, high]),
                array(&[absent]),
            ]),
            How::Within => all(within),
            How::Key => all(|value| Some(scalars(value)?.into_iter().next()?.0)),
            How::Words => all(|value| Some(word(value)?.to_owned())),
        }
    }
}

/// A piece of `value` that a pattern may hold: a word, or its first letters.
fn part(value: &str) -> String {
    match word(value) {
        Some(word) => word.chars().take(8).collect(),
        None => value.chars().take(3).filter(|c| !matches!(c, '%' | '_' | '\\')).collect(),
    }
}

/// The longest word of letters, if it has three of them.
fn word(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.max_by_key(|word| word.chars().count()).filter(|word| word.chars().count() >= 3)
}

fn array(values: &[&String]) -> String {
    let quoted = values
        .iter()
        .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// Two members of a document, or the elements of an array as they are.
fn within(value: &str) -> Option<String> {
    match scalars(value) {
        Some(members) => {
            let some: serde_json::Map<_, _> = members.into_iter().take(2).collect();
            serde_json::to_string(&some).ok()
        }
        // A range holds other things than ranges.
        None => value.starts_with('{').then(|| value.to_owned()),
    }
}

/// Members of a document that are no documents themselves.
fn scalars(document: &str) -> Option<Vec<(String, serde_json::Value)>> {
    let document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(document).ok()?;
    let members: Vec<_> = document
        .into_iter()
        .filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean())
        .collect();
    (!members.is_empty()).then_some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: &str) -> Values {
        let value = value.to_owned();
        Values {
            common: value.clone(),
            median: value.clone(),
            rare: value.clone(),
            absent: "-".to_owned(),
            low: value.clone(),
            high: value,
        }
    }

    #[test]
    fn values_of_a_column_make_what_is_asked_of_it() {
        let of = |how: How, value: &str| how.apply(&values(value)).map(|made| made[0].clone());
        let document = r#"{"a": {"b": 1}, "device": "tv", "n": 2, "more": true}"#;
        assert_eq!(of(How::Within, document).unwrap(), r#"{"device":"tv","n":2}"#);
        assert_eq!(of(How::Within, "{x,y}").unwrap(), "{x,y}");
        assert_eq!(of(How::Within, "[1,5)"), None);
        assert_eq!(of(How::Key, document).unwrap(), "device");
        assert_eq!(of(How::Words, "the old zeppelins of it").unwrap(), "zeppelins");
        assert_eq!(of(How::Words, "a b"), None);
        assert_eq!(of(How::Like, "the 50% zeppelins_x").unwrap(), "%zeppelin%");
        assert_eq!(of(How::Any, "a\"b").unwrap(), "{\"a\\\"b\",\"a\\\"b\"}");
        assert_eq!(of(How::Equal, "x").unwrap(), "x");
    }
}
