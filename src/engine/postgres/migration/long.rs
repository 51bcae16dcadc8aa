//! Long values: no more than their digest goes into a checksum, and no more than their beginning to the client.

use super::canonical::{digest, text};
use crate::engine::migration::{
    DIGEST_MARK, Form, LONG_IN_CHECKSUM, LONG_IN_ROW, ReadColumn, ValueKind,
};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

/// The column's text, or its digest where it is long; `None` where it cannot be.
pub fn summed(column: &ReadColumn) -> Option<String> {
    match bytes(column)? {
        Raw::Bytes { raw, short } => Some(format!(
            "CASE WHEN octet_length({raw}) > {LONG_IN_CHECKSUM} THEN 'sha256:' || encode(sha256({raw}), 'hex') ELSE {short} END"
        )),
        Raw::Text { text, length } => Some(format!(
            "CASE WHEN {length} > {LONG_IN_CHECKSUM} THEN 'sha256:' || {} ELSE {text} END",
            digest(&text)
        )),
    }
}

/// The column's text, or what is shown of a long one.
pub fn fetched(column: &ReadColumn) -> Option<String> {
    match bytes(column)? {
        Raw::Bytes { raw, short } => Some(format!(
            "CASE WHEN octet_length({raw}) > {LONG_IN_ROW} THEN encode(substr({raw}, 1, 100), 'hex') || '… ' || octet_length({raw}) || \
             '{DIGEST_MARK}' || encode(sha256({raw}), 'hex') ELSE {short} END"
        )),
        Raw::Text { text, length } => Some(format!(
            "CASE WHEN {length} > {LONG_IN_ROW} THEN left({text}, 100) || '… ' || {length} || '{DIGEST_MARK}' || {} ELSE {text} END",
            digest(&text)
        )),
    }
}

enum Raw {
    Bytes { raw: String, short: String },
    Text { text: String, length: String },
}

fn bytes(column: &ReadColumn) -> Option<Raw> {
    if !column.long {
        return None;
    }
    let c = PostgresDialect.quote_identifier(&column.name);
    let written = text(column);
    match (column.form, column.kind) {
        (Form::Hex, ValueKind::Bytes { .. }) => Some(Raw::Bytes { short: written, raw: c }),
        (Form::Plain, ValueKind::Bytes { .. }) => Some(Raw::Bytes { raw: c, short: written }),
        (Form::WellKnownBinary, _) => {
            Some(Raw::Bytes { raw: format!("ST_AsBinary({c})"), short: written })
        }
        (Form::Text | Form::TrimmedText | Form::LowerText | Form::Plain, _) => {
            let length = match column.utf8 {
                true => format!("octet_length({written})"),
                false => format!("octet_length(convert_to({written}, 'UTF8'))"),
            };
            Some(Raw::Text { text: written, length })
        }
        _ => None,
    }
}
