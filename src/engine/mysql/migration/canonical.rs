//! Values as texts that other engines write alike; migration tests hold each form to real servers.

use super::long::{fetched, summed};
use crate::engine::migration::{Form, ReadColumn, ValueKind};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::Dialect;

/// Below this a double has digits that the canonical form does not write.
const SMALLEST: &str = "1e-13";

/// The column's text, NULL where it is NULL.
pub fn text(column: &ReadColumn) -> String {
    let c = MysqlDialect.quote_identifier(&column.name);
    match column.form {
        Form::Plain => plain(&c, column),
        Form::TrimmedDecimal => match column.kind {
            ValueKind::Decimal { scale: Some(scale), .. } if scale > 0 => trimmed(&c),
            _ => c,
        },
        Form::Double => double(&c),
        Form::Single => double(&format!("({c} + 0e0)")),
        Form::Date => format!("date_format({c}, '%Y-%m-%d')"),
        Form::DateOrNull => real_date(&c, &format!("date_format({c}, '%Y-%m-%d')")),
        Form::Timestamp | Form::Instant | Form::Local => stamp(&c),
        Form::TimestampOrNull | Form::InstantOrNull => real_date(&c, &stamp(&c)),
        Form::Time => format!("time_format({c}, '%H:%i:%s.%f')"),
        Form::Microseconds => format!(
            "cast(truncate(time_to_sec({c}), 0) * 1000000 + microsecond({c}) * if({c} < 0, -1, 1) as signed)"
        ),
        Form::Year => format!("cast({c} as unsigned)"),
        Form::Text => text_of(&c, column),
        Form::TrimmedText => format!("trim(trailing ' ' from {})", text_of(&c, column)),
        Form::LowerText => format!("lower({})", text_of(&c, column)),
        Form::Hex | Form::UuidHex if column.kind == ValueKind::Uuid => {
            format!("replace(concat({c}), '-', '')")
        }
        Form::UuidHex if matches!(column.kind, ValueKind::Text { .. }) => {
            format!("lower(replace({c}, '-', ''))")
        }
        Form::Hex | Form::UuidHex => format!("lower(hex({c}))"),
        Form::BitNumber => format!("({c} + 0)"),
        Form::BitString => match column.kind {
            ValueKind::Bits { count } => format!("lpad(bin({c} + 0), {count}, '0')"),
            _ => format!("bin({c} + 0)"),
        },
        // How many there are tells a label with a comma from two.
        Form::LabelList => format!("concat({c}, '#', bit_count({c} + 0))"),
        Form::Address => format!("concat({c})"),
        Form::Point => format!("concat('(', st_x({c}), ',', st_y({c}), ')')"),
        Form::WellKnownBinary => format!("lower(hex(st_asbinary({c})))"),
        Form::Json => format!("convert({c} using utf8mb4)"),
        Form::Integer | Form::Decimal => c,
        Form::Number => format!("concat({})", in_full(&c, column)),
    }
}

/// As [`text`], for comparing value by value: the driver hands floating point over as it is.
pub fn exact(column: &ReadColumn) -> String {
    let floating = matches!(column.kind, ValueKind::Single | ValueKind::Double);
    match column.form {
        Form::Single | Form::Double => MysqlDialect.quote_identifier(&column.name),
        Form::Plain if floating => MysqlDialect.quote_identifier(&column.name),
        _ => fetched(column).unwrap_or_else(|| text(column)),
    }
}

/// A number that prints all of its digits.
fn in_full(c: &str, column: &ReadColumn) -> String {
    match column.kind {
        ValueKind::Single => format!("({c} + 0e0)"),
        _ => c.to_owned(),
    }
}

/// Between two servers of this family.
fn plain(c: &str, column: &ReadColumn) -> String {
    match column.kind {
        ValueKind::Text { .. } | ValueKind::Json { .. } => converted(c, column),
        // Of a type that is not known the bytes are what two servers have in common.
        ValueKind::Bytes { .. } | ValueKind::Geometry | ValueKind::Point | ValueKind::Other => {
            format!("lower(hex({c}))")
        }
        ValueKind::Bits { .. } => format!("({c} + 0)"),
        // By itself it is printed with six digits.
        ValueKind::Single => format!("concat({c} + 0e0)"),
        _ => format!("convert(concat({c}) using utf8mb4)"),
    }
}

fn text_of(c: &str, column: &ReadColumn) -> String {
    match column.kind {
        ValueKind::Label | ValueKind::LabelSet => converted(&format!("concat({c})"), column),
        _ => converted(c, column),
    }
}

/// Texts that are kept as utf8mb4 need no conversion.
fn converted(text: &str, column: &ReadColumn) -> String {
    let kept = column.utf8
        && matches!(column.kind, ValueKind::Text { .. } | ValueKind::Label | ValueKind::LabelSet);
    match kept {
        true => text.to_owned(),
        false => format!("convert({text} using utf8mb4)"),
    }
}

fn trimmed(c: &str) -> String {
    format!("trim(trailing '.' from trim(trailing '0' from {c}))")
}

fn stamp(c: &str) -> String {
    format!("date_format({c}, '%Y-%m-%d %H:%i:%s.%f')")
}

/// NULL for a date that is none: a loader was told to make it NULL.
fn real_date(c: &str, text: &str) -> String {
    format!("if(month({c}) = 0 or dayofmonth({c}) = 0, null, {text})")
}

fn double(c: &str) -> String {
    let small = trimmed(&format!("cast({c} as decimal(65, 30))"));
    format!("case when {c} = 0 then '0' when abs({c}) >= 1e-2 then concat({c}) else {small} end")
}

/// A condition for rows whose values the form does not write in full; `None` where it always does.
pub fn doubtful(columns: &[ReadColumn]) -> Option<String> {
    let floating = columns.iter().filter(|column| column.form.is_floating());
    let tiny = floating.map(|column| {
        let c = MysqlDialect.quote_identifier(&column.name);
        format!("ifnull({c} <> 0 and abs({c}) < {SMALLEST}, 0)")
    });
    let tiny: Vec<String> = tiny.collect();
    (!tiny.is_empty()).then(|| tiny.join(" or "))
}

/// All columns as one text that no data can imitate: which of them are NULL, then each value, texts after their length
/// in bytes. `concat_ws` leaves out NULLs.
pub fn framed<'c>(columns: impl Iterator<Item = &'c ReadColumn>) -> String {
    let columns: Vec<&ReadColumn> = columns.collect();
    let mut parts: Vec<String> = columns.chunks(NULLS_IN_ONE).map(nulls).collect();
    parts.extend(columns.iter().map(|column| frame(column)));
    match parts.is_empty() {
        true => "''".to_owned(),
        false => format!("concat_ws(char(31 using utf8mb4), {})", parts.join(", ")),
    }
}

/// Columns whose NULLs are told by one number of 64 bits.
const NULLS_IN_ONE: usize = 60;

/// A number with one bit for each column that is NULL.
fn nulls(columns: &[&ReadColumn]) -> String {
    let bits = columns.iter().enumerate().filter_map(|(n, column)| {
        // A date that does not exist may be NULL in a column that takes none.
        let absent =
            matches!(column.form, Form::DateOrNull | Form::TimestampOrNull | Form::InstantOrNull);
        let value = if absent { text(column) } else { MysqlDialect.quote_identifier(&column.name) };
        (column.nullable || absent).then(|| format!("if({value} is null, {}, 0)", 1_i64 << n))
    });
    let bits: Vec<String> = bits.collect();
    if bits.is_empty() { "0".to_owned() } else { bits.join(" + ") }
}

fn frame(column: &ReadColumn) -> String {
    if column.form == Form::Plain
        && let Some(number) = number(column)
    {
        return number;
    }
    let text = text(column);
    match column.form {
        Form::Text
        | Form::TrimmedText
        | Form::LowerText
        | Form::LabelList
        | Form::Plain
        | Form::Point
        | Form::Address => {
            let short = summed(column).unwrap_or_else(|| text.clone());
            format!("{}, {short}", super::long::length(column).unwrap_or(format!("length({text})")))
        }
        _ => summed(column).unwrap_or(text),
    }
}

/// Between two servers of this family: a value that holds no separator, as `concat_ws` writes it. A double is written as two
/// whole numbers, since its digits cost as much as all the rest of a row (40 % of the time of ten columns on MariaDB 10.11).
fn number(column: &ReadColumn) -> Option<String> {
    let c = MysqlDialect.quote_identifier(&column.name);
    match column.kind {
        ValueKind::Integer { .. }
        | ValueKind::Decimal { .. }
        | ValueKind::Date
        | ValueKind::Time { .. }
        | ValueKind::DateTime { .. } => Some(c),
        ValueKind::Single => Some(binary(&format!("({c} + 0e0)"))),
        ValueKind::Double => Some(binary(&c)),
        _ => None,
    }
}

/// Mantissa and exponent. One bit more is kept than a mantissa has, since the logarithm of a number just below a power of two
/// makes the exponent one too large; two to the power of -1074 is the least there is. Zero has no logarithm: it is written as
/// two zeros, because a NULL left out would make (0, x) and (x, 0) alike.
fn binary(c: &str) -> String {
    let exponent = format!("greatest(floor(log2(abs({c}))), -1021)");
    format!(
        "ifnull(cast({c} / pow(2, {exponent} - 53) as signed), 0), ifnull(cast({exponent} as signed), 0)"
    )
}
