//! Long values: no more than their digest goes into a checksum, and no more than their beginning to the client. A text
//! beyond max_allowed_packet would be NULL, and two of them would be equal.

use super::canonical::text;
use crate::engine::migration::{
    DIGEST_MARK, Form, LONG_IN_CHECKSUM, LONG_IN_ROW, ReadColumn, ValueKind,
};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::Dialect;

/// The column's text, or its digest where it is long; `None` where it cannot be.
pub fn summed(column: &ReadColumn) -> Option<String> {
    let Raw { raw, .. } = raw(column)?;
    Some(format!(
        "if(length({raw}) > {LONG_IN_CHECKSUM}, concat('sha256:', sha2({raw}, 256)), {})",
        text(column)
    ))
}

/// The column's text, or what is shown of a long one.
pub fn fetched(column: &ReadColumn) -> Option<String> {
    let Raw { raw, hexadecimal } = raw(column)?;
    let beginning = match hexadecimal {
        true => format!("lower(hex(left({raw}, 100)))"),
        false => format!("left({raw}, 100)"),
    };
    Some(format!(
        "if(length({raw}) > {LONG_IN_ROW}, concat({beginning}, '… ', length({raw}), '{DIGEST_MARK}', sha2({raw}, 256)), {})",
        text(column)
    ))
}

/// In bytes, without the text being built; `None` where it cannot be long.
pub fn length(column: &ReadColumn) -> Option<String> {
    raw(column).map(|raw| format!("length({})", raw.raw))
}

struct Raw {
    raw: String,
    hexadecimal: bool,
}

/// What a long value is measured and digested by.
fn raw(column: &ReadColumn) -> Option<Raw> {
    if !column.long {
        return None;
    }
    let c = MysqlDialect.quote_identifier(&column.name);
    let bytes = |raw: String| Some(Raw { raw, hexadecimal: true });
    let plain = column.form == Form::Plain;
    match (column.form, column.kind) {
        (Form::Hex, ValueKind::Bytes { .. }) => bytes(c),
        (Form::WellKnownBinary, _) => bytes(format!("st_asbinary({c})")),
        (_, ValueKind::Bytes { .. } | ValueKind::Geometry | ValueKind::Other) if plain => bytes(c),
        (Form::Text | Form::TrimmedText | Form::LowerText, _)
        | (Form::Plain, ValueKind::Text { .. } | ValueKind::Json { .. }) => {
            Some(Raw { raw: text(column), hexadecimal: false })
        }
        _ => None,
    }
}
