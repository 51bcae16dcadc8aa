//! Typed access to a JSON object that remembers what was taken, so that the rest can be kept.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Estimates of absurd queries reach 1e100; nothing the server prints lies beyond.
const LARGEST: f64 = 1e100;

/// A key whose value has another type than expected is not taken: it stays among the rest.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    taken: HashSet<&'a str>,
}

impl<'a> Fields<'a> {
    pub fn of(map: &'a Map<String, Value>) -> Self {
        Fields { map, taken: HashSet::new() }
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, |value| value.as_str().map(str::to_owned))
    }

    /// Any finite number, also one that a tool has turned into a string on the way.
    pub fn number(&mut self, key: &str) -> Option<f64> {
        self.take(key, number)
    }

    /// A count. Other tools re-print plans with `12.0` where the server wrote `12`.
    pub fn count(&mut self, key: &str) -> Option<u64> {
        self.take(key, |value| value.as_u64().or_else(|| number(value).map(|n| n.max(0.0) as u64)))
    }

    /// An integer of any size, as text.
    pub fn integer(&mut self, key: &str) -> Option<String> {
        self.take(key, |value| value.as_number().map(ToString::to_string))
    }

    pub fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, Value::as_bool)
    }

    /// Strings of a list; a single string is a list of one.
    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        self.take(key, |value| match value {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(many) => {
                many.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        })
    }

    pub fn object(&mut self, key: &str) -> Option<&'a Map<String, Value>> {
        self.take(key, Value::as_object)
    }

    pub fn array(&mut self, key: &str) -> Option<&'a [Value]> {
        self.take(key, |value| match value {
            // An empty list in YAML.
            Value::Null => Some(&[][..]),
            value => value.as_array().map(Vec::as_slice),
        })
    }

    /// Marks a key as known without using it.
    pub fn ignore(&mut self, key: &str) {
        self.take(key, |_| Some(()));
    }

    /// Every key that nobody took.
    pub fn rest(self) -> IndexMap<String, Value> {
        let untaken = self.map.iter().filter(|(key, _)| !self.taken.contains(key.as_str()));
        untaken.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn take<T>(&mut self, key: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let (name, value) = self.map.get_key_value(key)?;
        let found = read(value)?;
        self.taken.insert(name.as_str());
        Some(found)
    }
}

fn number(value: &Value) -> Option<f64> {
    let found = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    found.filter(|n| n.is_finite()).map(|n| n.clamp(-LARGEST, LARGEST))
}
