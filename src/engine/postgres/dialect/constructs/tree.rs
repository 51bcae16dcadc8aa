//! Reading the parse tree in generic form.

use serde_json::{Map, Value};

/// Name and content of a node: `{"node": {"AExpr": {…}}}`.
pub fn node(value: &Value) -> Option<(&str, &Value)> {
    let (name, content) = value.get("node")?.as_object()?.iter().next()?;
    Some((name.as_str(), content))
}

/// The content of a node of that kind.
pub fn of_kind<'a>(value: &'a Value, wanted: &str) -> Option<&'a Value> {
    node(value).filter(|(name, _)| *name == wanted).map(|(_, content)| content)
}

pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An enumeration's number.
pub fn number(value: &Value, key: &str) -> i32 {
    value.get(key).and_then(Value::as_i64).unwrap_or(0) as i32
}

pub fn is_there(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|child| !child.is_null())
}

/// A part that is not null.
pub fn part<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|child| !child.is_null())
}

/// The last part of a qualified name, as lists of strings hold it.
pub fn last_name(names: &[Value]) -> &str {
    let last = names.last().and_then(|name| name.pointer("/node/String/sval"));
    last.and_then(Value::as_str).unwrap_or_default()
}

/// The name of an operator expression's operator.
pub fn operator(expression: &Value) -> &str {
    last_name(list(expression, "name"))
}

/// Visits every named node in `value`, but none of a query inside it.
pub fn inside<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a str, &'a Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| inside(item, visit)),
        Value::Object(object) => object.iter().for_each(|(key, child)| {
            if key == "SelectStmt" {
                return;
            }
            if is_node_name(key) {
                visit(key, child);
            }
            inside(child, visit);
        }),
        _ => {}
    }
}

/// Names of nodes are written large, those of fields small.
pub fn is_node_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Everything but the places in the text.
pub fn without_places(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_places).collect(),
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| key.as_str() != "location");
            Value::Object(kept.map(|(k, v)| (k.clone(), without_places(v))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// Two expressions that say the same.
pub fn alike(a: &Value, b: &Value) -> bool {
    without_places(a) == without_places(b)
}

/// A column as it is written: qualifier and name. `None` for `t.*` and for what is no column.
pub fn column(value: &Value) -> Option<(Option<&str>, &str)> {
    column_fields(of_kind(value, "ColumnRef")?)
}

pub fn column_fields(reference: &Value) -> Option<(Option<&str>, &str)> {
    let names: Option<Vec<&str>> = list(reference, "fields")
        .iter()
        .map(|field| field.pointer("/node/String/sval").and_then(Value::as_str))
        .collect();
    let mut names = names?;
    let name = names.pop()?;
    Some((names.pop(), name))
}

/// The columns an expression mentions outside of queries in it.
pub fn columns(value: &Value) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    inside(value, &mut |kind, content| {
        if kind == "ColumnRef" {
            found.extend(column_fields(content));
        }
    });
    found
}

/// It depends on no row: no column and no query in it.
pub fn is_fixed(value: &Value) -> bool {
    let mut fixed = true;
    inside(value, &mut |kind, _| fixed &= !matches!(kind, "ColumnRef" | "SubLink"));
    fixed && node(value).is_some()
}

/// A literal, with or without a cast.
pub fn constant(value: &Value) -> Option<&Value> {
    match node(value)? {
        ("AConst", content) => Some(content),
        ("TypeCast", content) => constant(part(content, "arg")?),
        _ => None,
    }
}

/// A literal text, with or without a cast.
pub fn literal_text(value: &Value) -> Option<&str> {
    constant(value)?.pointer("/val/Sval/sval").and_then(Value::as_str)
}

/// A whole number as it is written.
pub fn integer(value: &Value) -> Option<i64> {
    let number = of_kind(value, "AConst")?.pointer("/val/Ival")?;
    Some(number["ival"].as_i64().unwrap_or(0))
}

pub fn is_null(value: &Value) -> bool {
    constant(value).is_some_and(|constant| constant["isnull"] == true)
}
