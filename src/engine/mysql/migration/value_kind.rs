//! From a column's type as the catalog spells it to what it holds.

use crate::engine::migration::ValueKind;

/// `data_type`: `bigint`; `column_type`: `bigint(20) unsigned`.
pub fn kind(
    data_type: &str,
    column_type: &str,
    precision: Option<u32>,
    scale: Option<u32>,
    length: Option<u64>,
) -> ValueKind {
    let unsigned = column_type.contains("unsigned");
    let integer = |bits| ValueKind::Integer { bits, unsigned };
    match data_type {
        "tinyint" => integer(8),
        "smallint" => integer(16),
        "mediumint" => integer(24),
        "int" => integer(32),
        "bigint" => integer(64),
        "decimal" => ValueKind::Decimal { precision, scale },
        "float" => ValueKind::Single,
        "double" => ValueKind::Double,
        "date" => ValueKind::Date,
        "time" => ValueKind::Time { span: true },
        "datetime" => ValueKind::DateTime { zoned: false },
        "timestamp" => ValueKind::DateTime { zoned: true },
        "year" => ValueKind::Year,
        "char" => ValueKind::Text { padded: true, limit: length },
        "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            ValueKind::Text { padded: false, limit: length }
        }
        "binary" => ValueKind::Bytes { fixed: length },
        "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            ValueKind::Bytes { fixed: None }
        }
        "bit" => ValueKind::Bits { count: u64::from(precision.unwrap_or(1)) },
        "enum" => ValueKind::Label,
        "set" => ValueKind::LabelSet,
        "json" => ValueKind::Json { parsed: true },
        "point" => ValueKind::Point,
        "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => ValueKind::Geometry,
        "uuid" => ValueKind::Uuid,
        "inet4" | "inet6" => ValueKind::Address,
        _ => ValueKind::Other,
    }
}

/// The labels in `enum('a','it''s')`.
pub fn labels(column_type: &str) -> Vec<String> {
    let inner = column_type.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let mut labels = Vec::new();
    let mut rest = inner.unwrap_or_default();
    while let Some(start) = rest.find('\'') {
        let mut label = String::new();
        let mut characters = rest[start + 1..].char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = characters.next() {
            match c {
                '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                    characters.next();
                    label.push('\'');
                }
                '\'' => {
                    end = start + 1 + at + 1;
                    break;
                }
                c => label.push(c),
            }
        }
        labels.push(label);
        rest = &rest[end..];
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_quotes_and_commas() {
        assert_eq!(labels("enum('a','it''s','b,c')"), ["a", "it's", "b,c"]);
        assert!(labels("int(11)").is_empty());
    }

    #[test]
    fn unsigned_is_told_by_the_declaration() {
        assert_eq!(
            kind("bigint", "bigint(20) unsigned", None, None, None),
            ValueKind::Integer { bits: 64, unsigned: true }
        );
    }
}
