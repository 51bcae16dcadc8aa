//! Values as texts that other engines write alike; migration tests hold each form to real servers.

use super::long::{fetched, summed};
use crate::engine::migration::{Form, ReadColumn, ValueKind};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

/// A setting of our own that holds the zone in which moments without one were read on their way.
pub const ZONE: &str = "planwise.zone";
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
        // In the ISO style that is pinned, also before Christ and beyond every date.
        Form::Date | Form::DateOrNull => format!("{c}::text"),
        Form::Timestamp | Form::TimestampOrNull => stamp(&c),
        Form::Instant | Form::InstantOrNull => match column.kind {
            ValueKind::DateTime { zoned: true } => stamp(&format!("({c} AT TIME ZONE 'UTC')")),
            _ => stamp(&c),
        },
        Form::Local => match column.kind {
            ValueKind::DateTime { zoned: true } => {
                stamp(&format!("({c} AT TIME ZONE current_setting('{ZONE}'))"))
            }
            _ => stamp(&c),
        },
        Form::Time => format!("to_char({c}::time, 'HH24:MI:SS.US')"),
        Form::Microseconds => format!("(extract(epoch from {c}) * 1000000)::bigint::text"),
        Form::TrimmedText => format!("rtrim({c}::text, ' ')"),
        Form::LowerText => format!("lower({c}::text)"),
        Form::Hex => format!("encode({c}, 'hex')"),
        Form::UuidHex => format!("replace({c}::text, '-', '')"),
        Form::BitNumber if column.kind == ValueKind::Boolean => format!("{c}::int::text"),
        Form::BitNumber => format!("{c}::bigint::text"),
        Form::LabelList if column.kind == ValueKind::TextArray => {
            format!("array_to_string({c}, ',', '\u{1e}') || '#' || cardinality({c})")
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
        | Form::Number
        | Form::Json => format!("{c}::text"),
    }
}

/// As [`text`], for comparing value by value: floating point in digits that read back as the same number, and of long
/// values what is worth a look.
pub fn exact(column: &ReadColumn) -> String {
    match column.form {
        Form::Single | Form::Double => {
            format!("{}::text", PostgresDialect.quote_identifier(&column.name))
        }
        _ => fetched(column).unwrap_or_else(|| text(column)),
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
    match parts.is_empty() {
        true => "''".to_owned(),
        false => format!("concat_ws(E'\\x1f', {})", parts.join(", ")),
    }
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
        | Form::Address => {
            let length = match column.utf8 {
                true => format!("octet_length({text})"),
                false => format!("octet_length(convert_to({text}, 'UTF8'))"),
            };
            format!("{length}, {}", summed(column).unwrap_or(text))
        }
        Form::Hex | Form::WellKnownBinary => summed(column).unwrap_or(text),
        // Written by the function as they are.
        Form::Integer | Form::Decimal | Form::Year if column.kind != ValueKind::Boolean => c,
        _ => text,
    }
}

/// SHA-256 of a text in hexadecimal digits.
pub fn digest(text: &str) -> String {
    format!("encode(sha256(convert_to({text}, 'UTF8')), 'hex')")
}
