//! Values as texts that other engines write alike; migration tests hold each form to real servers.

use crate::engine::migration::{Form, ReadColumn, ValueKind};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

/// Below this a double has digits that the canonical form does not write.
const SMALLEST: &str = "1e-13";

/// The column's text, NULL where it is NULL.
pub fn text(column: &ReadColumn) -> String {
    let c = PostgresDialect.quote_identifier(&column.name);
    match column.form {
        Form::Integer if column.kind == ValueKind::Boolean => format!("{c}::int::text"),
        Form::TrimmedDecimal => match column.kind {
            ValueKind::Integer { .. } => format!("{c}::text"),
            _ => format!("trim_scale({c}::numeric)::text"),
        },
        Form::Double => double(&c),
        Form::Single => double(&format!("{c}::float8")),
        Form::Date | Form::DateOrNull => format!("to_char({c}, 'YYYY-MM-DD')"),
        Form::Timestamp | Form::TimestampOrNull => stamp(&c),
        Form::Instant | Form::InstantOrNull => stamp(&format!("({c} AT TIME ZONE 'UTC')")),
        Form::Time => format!("to_char({c}::time, 'HH24:MI:SS.US')"),
        Form::Microseconds => format!("(extract(epoch from {c}) * 1000000)::bigint::text"),
        Form::TrimmedText => format!("rtrim({c}::text, ' ')"),
        Form::LowerText => format!("lower({c}::text)"),
        Form::Hex => format!("encode({c}, 'hex')"),
        Form::UuidHex => format!("replace({c}::text, '-', '')"),
        Form::BitNumber if column.kind == ValueKind::Boolean => format!("{c}::int::text"),
        Form::BitNumber => format!("{c}::bigint::text"),
        Form::LabelList if column.kind == ValueKind::TextArray => {
            format!("array_to_string({c}, ',')")
        }
        Form::Address => format!("host({c})"),
        Form::WellKnownBinary => format!("encode(ST_AsBinary({c}), 'hex')"),
        Form::Plain
        | Form::Integer
        | Form::Decimal
        | Form::Year
        | Form::Text
        | Form::BitString
        | Form::LabelList
        | Form::Point
        | Form::Json => format!("{c}::text"),
    }
}

/// As [`text`], for comparing value by value: floating point in digits that read back as the same number.
pub fn exact(column: &ReadColumn) -> String {
    match column.form {
        Form::Single | Form::Double => {
            format!("{}::text", PostgresDialect.quote_identifier(&column.name))
        }
        _ => text(column),
    }
}

fn stamp(c: &str) -> String {
    format!("to_char({c}, 'YYYY-MM-DD HH24:MI:SS.US')")
}

fn double(c: &str) -> String {
    format!(
        "CASE WHEN {c} = 0 THEN '0' WHEN abs({c}) >= 1e15 THEN replace({c}::text, 'e+', 'e') \
         WHEN abs({c}) >= 1e-2 THEN {c}::text ELSE trim_scale(round({c}::text::numeric, 30))::text END"
    )
}

/// A condition for rows whose values the form does not write in full; `None` where it always does.
pub fn doubtful(columns: &[ReadColumn]) -> Option<String> {
    let floating = columns.iter().filter(|column| column.form.is_floating());
    let tiny = floating.map(|column| {
        let c = PostgresDialect.quote_identifier(&column.name);
        format!("({c} <> 0 AND abs({c}) < {SMALLEST})")
    });
    let tiny: Vec<String> = tiny.collect();
    (!tiny.is_empty()).then(|| tiny.join(" OR "))
}

/// All columns as one text that no data can imitate: which of them are NULL, then each value, texts after their length
/// in bytes. `concat_ws` leaves out NULLs, and writes values without a text of its own for each.
pub fn framed<'c>(columns: impl Iterator<Item = &'c ReadColumn>) -> String {
    let columns: Vec<&ReadColumn> = columns.collect();
    let mut parts: Vec<String> = columns.chunks(NULLS_IN_ONE).map(nulls).collect();
    parts.extend(columns.iter().map(|column| frame(column)));
    format!("concat_ws(E'\\x1f', {})", parts.join(", "))
}

/// Columns whose NULLs are told by one number of 64 bits.
const NULLS_IN_ONE: usize = 60;

/// A number with one bit for each column that is NULL.
fn nulls(columns: &[&ReadColumn]) -> String {
    let bits =
        columns.iter().enumerate().filter(|(_, column)| column.nullable).map(|(n, column)| {
            let c = PostgresDialect.quote_identifier(&column.name);
            format!("CASE WHEN {c} IS NULL THEN {} ELSE 0 END", 1_i64 << n)
        });
    let bits: Vec<String> = bits.collect();
    if bits.is_empty() { "0".to_owned() } else { bits.join(" + ") }
}

fn frame(column: &ReadColumn) -> String {
    let text = text(column);
    let c = PostgresDialect.quote_identifier(&column.name);
    match column.form {
        Form::Text
        | Form::TrimmedText
        | Form::LowerText
        | Form::LabelList
        | Form::Plain
        | Form::Point
        | Form::Address => match column.utf8 {
            true => format!("octet_length({text}), {text}"),
            false => format!("octet_length(convert_to({text}, 'UTF8')), {text}"),
        },
        // Written by the function as they are.
        Form::Integer | Form::Decimal | Form::Year if column.kind != ValueKind::Boolean => c,
        _ => text,
    }
}

/// SHA-256 of a text in hexadecimal digits.
pub fn digest(text: &str) -> String {
    format!("encode(sha256(convert_to({text}, 'UTF8')), 'hex')")
}

/// The columns as a row that `hash_record_extended` takes, and by which equal values are equal on every server.
pub fn record<'c>(columns: impl Iterator<Item = &'c ReadColumn>) -> String {
    let values: Vec<String> = columns.map(hashable).collect();
    format!("ROW({})", values.join(", "))
}

/// Enumerated values hash by a number that differs from server to server, and several types not at all.
fn hashable(column: &ReadColumn) -> String {
    let c = PostgresDialect.quote_identifier(&column.name);
    let own = match column.kind {
        ValueKind::Boolean
        | ValueKind::Integer { .. }
        | ValueKind::Decimal { .. }
        | ValueKind::Single
        | ValueKind::Double
        | ValueKind::Date
        | ValueKind::Time { .. }
        | ValueKind::DateTime { .. }
        | ValueKind::Uuid
        | ValueKind::Bytes { .. } => true,
        // Under a collation that ignores case two texts would hash alike.
        ValueKind::Text { .. } => {
            return format!("({c}::text COLLATE \"C\")");
        }
        ValueKind::Json { parsed } => parsed,
        _ => false,
    };
    match own {
        true => c,
        false => format!("{c}::text"),
    }
}
