//! Indexes into JSON arrays (one entry for each element) and on values taken out of documents.

use sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

use super::expression::parsed;
use crate::sql::{Predicate, PredicateKind};

/// Characters of a text that is kept of each element or value. Longer ones are refused when they are written.
const LONGEST: u64 = 255;

/// What an index keeps of each element that `predicate` asks for; `None` where its constants do not tell.
pub fn element_type(predicate: &Predicate) -> Option<String> {
    if predicate.kind != PredicateKind::Containment {
        return None;
    }
    let asked = match parsed(&predicate.text)? {
        Expr::MemberOf(member) => elements(&member.value)?,
        Expr::Function(function) => {
            let arguments = arguments(&function)?;
            arguments.iter().find_map(|argument| document(argument))?
        }
        _ => return None,
    };
    kept(&asked)
}

fn kept(asked: &[Value]) -> Option<String> {
    let number = |value: &Value| match value {
        Value::Number(digits, _) => digits.parse::<i128>().ok(),
        _ => None,
    };
    let numbers: Option<Vec<i128>> = asked.iter().map(number).collect();
    let is_text = |value: &Value| {
        matches!(value, Value::SingleQuotedString(text) | Value::DoubleQuotedString(text)
            if text.chars().count() as u64 <= LONGEST)
    };
    match numbers {
        _ if asked.is_empty() => None,
        Some(numbers) if numbers.iter().all(|n| u64::try_from(*n).is_ok()) => {
            Some("UNSIGNED ARRAY".to_owned())
        }
        Some(numbers) if numbers.iter().all(|n| i64::try_from(*n).is_ok()) => {
            Some("SIGNED ARRAY".to_owned())
        }
        Some(_) => None,
        // A parameter is sent as a text, and held against texts alone.
        None if asked.iter().all(|v| is_text(v) || matches!(v, Value::Placeholder(_))) => {
            Some(format!("CHAR({LONGEST}) ARRAY"))
        }
        None => None,
    }
}

/// A plain value.
fn elements(value: &Expr) -> Option<Vec<Value>> {
    match value {
        Expr::Nested(inner) => elements(inner),
        Expr::Value(value) => Some(vec![value.value.clone()]),
        Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Minus, expr } => match &**expr {
            Expr::Value(value) => {
                Some(vec![Value::Number(format!("-{value}").parse().ok()?, false)])
            }
            _ => None,
        },
        _ => None,
    }
}

/// A document: `'[1, 2]'`, `CAST('[1, 2]' AS JSON)`, `JSON_ARRAY(1, 2)`. None of its parts may be arrays or objects.
fn document(argument: &Expr) -> Option<Vec<Value>> {
    match argument {
        Expr::Nested(inner) => document(inner),
        Expr::Cast { expr, data_type: DataType::JSON, .. } => document(expr),
        Expr::Function(function) if name(function) == "json_array" => {
            let parts = arguments(function)?;
            let values: Option<Vec<Vec<Value>>> = parts.into_iter().map(elements).collect();
            Some(values?.into_iter().flatten().collect())
        }
        Expr::Value(value) => {
            let text = value.value.clone().into_string()?;
            of_json(&serde_json::from_str(&text).ok()?)
        }
        _ => None,
    }
}

fn of_json(document: &serde_json::Value) -> Option<Vec<Value>> {
    use serde_json::Value as Json;
    let one = |value: &Json| match value {
        Json::String(text) => Some(Value::SingleQuotedString(text.clone())),
        Json::Number(number) if !number.is_f64() => {
            Some(Value::Number(number.to_string().parse().ok()?, false))
        }
        _ => None,
    };
    match document {
        Json::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|value| vec![value]),
    }
}

pub fn name(function: &Function) -> String {
    function.name.to_string().to_ascii_lowercase()
}

/// All of them, where each is a plain expression.
pub fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    plain.collect()
}

/// The key that keeps the elements of `array` as `kept`: see [`element_type`].
pub fn array_key(array: &str, kept: &str) -> String {
    format!("CAST({array} AS {kept})")
}

/// `CAST(array AS UNSIGNED ARRAY)` taken apart: the array, and what is kept of its elements without a length.
pub fn of_array_key(text: &str) -> Option<(String, String)> {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        text = inner.trim();
    }
    let lower = text.to_ascii_lowercase();
    let inside = lower.strip_prefix("cast(")?.strip_suffix(')')?.trim_end();
    let typed = inside.strip_suffix(" array")?;
    let at = typed.rfind(" as ")?;
    let kept = typed[at + 4..].split(['(', ' ']).next().unwrap_or_default().to_owned();
    let begin = "cast(".len();
    text.get(begin..begin + at).map(|array| (array.trim().to_owned(), kept))
}

pub fn is_array_key(text: &str) -> bool {
    of_array_key(text).is_some()
}

/// A text taken out of a document is of any length, which no index keeps: of a length that is said it does, and the server
/// knows the one by the other if they are compared in the same way.
pub fn value_key(text: &str) -> Option<String> {
    is_unquoted(&parsed(text)?)
        .then(|| format!("CAST({text} AS CHAR({LONGEST})) COLLATE utf8mb4_bin"))
}

fn is_unquoted(expression: &Expr) -> bool {
    match expression {
        Expr::Nested(inner) => is_unquoted(inner),
        Expr::Function(function) => name(function) == "json_unquote",
        Expr::BinaryOp { op: sqlparser::ast::BinaryOperator::LongArrow, .. } => true,
        _ => false,
    }
}

/// What such a key is about: the text that is taken out.
pub fn of_value_key(expression: Expr) -> Expr {
    match expression {
        Expr::Nested(inner) => of_value_key(*inner),
        Expr::Collate { expr, collation } => match of_value_key(*expr.clone()) {
            inner if is_unquoted(&inner) => inner,
            _ => Expr::Collate { expr, collation },
        },
        Expr::Cast { kind: CastKind::Cast, expr, data_type, format } if is_unquoted(&expr) => {
            match &data_type {
                DataType::Char(_) | DataType::Character(_) => *expr,
                _ => Expr::Cast { kind: CastKind::Cast, expr, data_type, format },
            }
        }
        other => other,
    }
}

/// What whoever writes to the table has to know of an index with these keys.
pub fn caution(keys: &[&str]) -> Option<String> {
    if let Some((_, kept)) = keys.iter().find_map(|key| of_array_key(key)) {
        let what = match kept.as_str() {
            "char" => format!("text of at most {LONGEST} characters"),
            "signed" => "whole number".to_owned(),
            _ => "whole number that is not negative".to_owned(),
        };
        return Some(format!(
            "With this index the server refuses rows of which an element of the array is no {what}"
        ));
    }
    let is_value = |key: &&&str| {
        parsed(key).is_some_and(|key| {
            matches!(key, Expr::Collate { .. }) && is_unquoted(&of_value_key(key))
        })
    };
    keys.iter().find(is_value).map(|_| {
        format!(
            "With this index the server refuses rows whose value there is longer than {LONGEST} characters"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::mysql::dialect::MysqlDialect;
    use crate::sql::Dialect;

    fn kept(condition: &str) -> Option<String> {
        let predicates = MysqlDialect.predicates(condition);
        assert_eq!(predicates.len(), 1, "{condition}");
        element_type(&predicates[0])
    }

    #[test]
    fn constants_tell_what_an_array_holds() {
        let of = |condition: &str| kept(condition).unwrap_or_default();
        assert_eq!(of("17 MEMBER OF(t.doc -> '$.tags')"), "UNSIGNED ARRAY");
        assert_eq!(of("-17 MEMBER OF(t.doc -> '$.tags')"), "SIGNED ARRAY");
        assert_eq!(of("'a' MEMBER OF(t.doc -> '$.tags')"), "CHAR(255) ARRAY");
        assert_eq!(of("? MEMBER OF(t.doc -> '$.tags')"), "CHAR(255) ARRAY");
        assert_eq!(of("JSON_CONTAINS(t.doc -> '$.tags', '[1, 2]')"), "UNSIGNED ARRAY");
        assert_eq!(of("JSON_CONTAINS(t.doc -> '$.tags', CAST('[1, -2]' AS JSON))"), "SIGNED ARRAY");
        assert_eq!(of("JSON_OVERLAPS(t.doc -> '$.tags', '[\"a\"]')"), "CHAR(255) ARRAY");
        assert_eq!(of("JSON_OVERLAPS(CAST('[\"a\"]' AS JSON), t.tags)"), "CHAR(255) ARRAY");
        assert_eq!(of("JSON_CONTAINS(t.tags, JSON_ARRAY(3, 4))"), "UNSIGNED ARRAY");
    }

    #[test]
    fn what_they_do_not_tell_is_not_guessed() {
        for none in [
            "1.5 MEMBER OF(t.doc -> '$.tags')",
            "JSON_CONTAINS(t.doc -> '$.tags', '[1, \"a\"]')",
            "JSON_CONTAINS(t.doc -> '$.tags', '{\"a\": 1}')",
            "JSON_CONTAINS(t.doc -> '$.tags', '[[1]]')",
            "JSON_CONTAINS(t.doc -> '$.tags', '[]')",
            "JSON_CONTAINS(t.doc -> '$.tags', ?)",
            "JSON_CONTAINS(t.doc, '1', '$.tags')",
            "JSON_CONTAINS(t.doc, t.other)",
            "t.a = 1",
        ] {
            assert_eq!(kept(none), None, "{none}");
        }
    }

    #[test]
    fn keys_are_taken_apart_as_catalogs_print_them() {
        let printed = "(cast(json_extract(`doc`,_utf8mb4'$.tags') as char(20) array))";
        assert_eq!(
            of_array_key(printed),
            Some(("json_extract(`doc`,_utf8mb4'$.tags')".to_owned(), "char".to_owned()))
        );
        assert_eq!(of_array_key("cast(`a` as unsigned)"), None);
        assert_eq!(
            value_key("JSON_UNQUOTE(JSON_EXTRACT(`doc`, '$.k'))").as_deref(),
            Some("CAST(JSON_UNQUOTE(JSON_EXTRACT(`doc`, '$.k')) AS CHAR(255)) COLLATE utf8mb4_bin")
        );
        assert_eq!(value_key("lower(`a`)"), None);
    }

    #[test]
    fn whoever_writes_is_told() {
        let told = |key: &str| caution(&[key]).unwrap_or_default();
        assert!(told("CAST(`tags` AS UNSIGNED ARRAY)").contains("not negative"));
        assert!(told(&value_key("`doc` ->> '$.k'").unwrap()).contains("255"));
        assert_eq!(told("lower(`a`)"), "");
    }
}
