//! Rows as `hash_record_extended` takes them, so that two servers hash equal values alike and different ones apart.
//!
//! The hashes of single types are made for joins, and call values of one type alike that differ (tried on 14 to 18): an
//! int8 hashes as the exclusive or of its halves, so -1 as 4294967295; numeric by its digits without the sign; floating
//! point 0, NaN and infinities of numeric, empty arrays and objects of jsonb as NULL. What is lost stands beside such a
//! value. Beyond that the hash of a row adds up those of its columns: two rows that swapped the values of one column
//! keep their sum, unless each row's hash is mixed once more before it is added.

use crate::engine::migration::{ReadColumn, ValueKind};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

/// The row, by which equal values are equal on every server.
pub fn record<'c>(columns: impl Iterator<Item = &'c ReadColumn>) -> String {
    let values: Vec<String> = columns.map(hashable).collect();
    format!("ROW({})", values.join(", "))
}

/// The row, for its text.
pub fn plain<'c>(columns: impl Iterator<Item = &'c ReadColumn>) -> String {
    let names = columns.map(|column| PostgresDialect.quote_identifier(&column.name));
    format!("ROW({})", names.collect::<Vec<_>>().join(", "))
}

/// `hash` of one row, so that sums tell apart which row has which value: by way of 53 of its bits, since integers are
/// hashed by 32.
pub fn mixed(hash: &str) -> String {
    format!("hashfloat8extended(({hash})::float8, 0)")
}

/// Enumerated values hash by a number that differs from server to server, and several types not at all.
fn hashable(column: &ReadColumn) -> String {
    let c = PostgresDialect.quote_identifier(&column.name);
    match column.kind {
        // The upper bits once more.
        ValueKind::Integer { bits: 64, .. } => format!("{c}, {c}::float8"),
        ValueKind::Decimal { precision: Some(_), .. } => format!("{c}, {c} < 0"),
        ValueKind::Decimal { .. } => {
            format!("{c}, {c} < 0, CASE WHEN {c} >= 'Infinity'::numeric THEN {c}::text END")
        }
        ValueKind::Single | ValueKind::Double => format!("{c}, {c} IS NULL"),
        ValueKind::Boolean
        | ValueKind::Integer { .. }
        | ValueKind::Date
        | ValueKind::Time { .. }
        | ValueKind::DateTime { .. }
        | ValueKind::Uuid
        | ValueKind::Bytes { .. } => c,
        // Under a collation that ignores case two texts would hash alike.
        _ => format!("({c}::text COLLATE \"C\")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::migration::Form;

    fn column(kind: ValueKind) -> ReadColumn {
        let (name, form) = ("c".to_owned(), Form::Plain);
        ReadColumn { name, kind, form, nullable: true, utf8: true, long: false }
    }

    #[test]
    fn what_a_hash_loses_stands_beside_the_value() {
        let row = |kind| record([column(kind)].iter());
        let whole = |bits| row(ValueKind::Integer { bits, unsigned: false });
        assert_eq!(whole(64), "ROW(c, c::float8)");
        assert_eq!(whole(32), "ROW(c)");
        assert_eq!(row(ValueKind::Double), "ROW(c, c IS NULL)");
        assert_eq!(row(ValueKind::Json { parsed: true }), "ROW((c::text COLLATE \"C\"))");
    }
}
