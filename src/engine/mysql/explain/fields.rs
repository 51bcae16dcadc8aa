//! The keys of one JSON object, taken out one by one; what is left over is kept as it is.

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub struct Fields {
    map: Map<String, Value>,
}

impl Fields {
    /// Anything but an object has no keys.
    pub fn of(value: Value) -> Fields {
        match value {
            Value::Object(map) => Fields { map },
            _ => Fields { map: Map::new() },
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub fn peek(&self, key: &str) -> Option<&Value> {
        self.map.get(key)
    }

    /// A number, also where it is printed as a string. Null and nonsense are `None`.
    pub fn number(&mut self, key: &str) -> Option<f64> {
        let number = match self.map.get(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| number.is_finite())?;
        self.map.shift_remove(key);
        Some(number.max(0.0))
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        let text = self.map.get(key)?.as_str()?.to_owned();
        self.map.shift_remove(key);
        Some(text)
    }

    pub fn flag(&mut self, key: &str) -> bool {
        let set = matches!(self.map.get(key), Some(Value::Bool(true)))
            || self.map.get(key).and_then(Value::as_u64) == Some(1);
        if set {
            self.map.shift_remove(key);
        }
        set
    }

    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.map.shift_remove(key)
    }

    pub fn object(&mut self, key: &str) -> Option<Fields> {
        self.map.get(key)?.as_object()?;
        self.take(key).map(Fields::of)
    }

    /// Puts back what is left of an object.
    pub fn restore(&mut self, key: &str, fields: Fields) {
        if !fields.map.is_empty() {
            self.map.insert(key.to_owned(), Value::Object(fields.map));
        }
    }

    pub fn list(&mut self, key: &str) -> Option<Vec<Value>> {
        self.map.get(key)?.as_array()?;
        match self.take(key)? {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }

    /// A figure of `cost_info`, where costs are printed as texts.
    pub fn cost(&self, key: &str) -> Option<f64> {
        let cost = self.map.get("cost_info")?.get(key)?;
        let cost = cost.as_f64().or_else(|| cost.as_str()?.parse().ok())?;
        Some(cost).filter(|cost| cost.is_finite() && *cost >= 0.0)
    }

    /// Queries inside expressions: `subqueries`, or a list for each clause: `select_list_subqueries`.
    pub fn subqueries(&mut self) -> Vec<Value> {
        let named = |key: &str| key == "subqueries" || key.ends_with("_subqueries");
        let keys: Vec<String> = self.map.keys().filter(|key| named(key)).cloned().collect();
        keys.iter().filter_map(|key| self.list(key)).flatten().collect()
    }

    /// The next key whose value may hold operations.
    pub fn take_structure(&mut self) -> Option<(String, Value)> {
        let key = self.map.iter().find(|(_, v)| holds_operations(v)).map(|(key, _)| key.clone())?;
        let value = self.take(&key)?;
        Some((key, value))
    }

    /// Everything that nobody asked for. Nulls say nothing and are dropped.
    pub fn rest(self) -> IndexMap<String, Value> {
        self.map.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }
}

/// An object or a list of objects that has a table or a query somewhere below it.
fn holds_operations(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            ["table_name", "query_block", "select_id", "message"]
                .iter()
                .any(|k| map.contains_key(*k))
                || map.values().any(holds_operations)
        }
        Value::Array(list) => list.iter().any(holds_operations),
        _ => false,
    }
}
