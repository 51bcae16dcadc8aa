//! Rows of a view as digests.

use serde_json::{Map, Value};

use crate::engine::{DbError, Session};
use crate::sql::{Dialect, StatementKind};
use crate::trace::{Durations, QueryDigest};

/// One row: the names of its columns and their values.
pub type Row = Map<String, Value>;

/// A number of a row, however the server spells it.
pub fn number(row: &Row, name: &str) -> Option<f64> {
    match row.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub fn text<'r>(row: &'r Row, name: &str) -> Option<&'r str> {
    row.get(name)?.as_str()
}

/// Nanoseconds of a number of milliseconds.
pub fn ns(milliseconds: f64) -> u64 {
    (milliseconds * 1e6).round().max(0.0) as u64
}

/// A digest of `text`, which the server has normalised already.
pub fn digest(text: &str, dialect: &dyn Dialect, calls: u64, durations: Durations) -> QueryDigest {
    let written = dialect.restored(text).unwrap_or_else(|| text.to_owned());
    let mut digest = match dialect.shape(&written) {
        Ok(shape) => QueryDigest::new(shape.fingerprint, text.to_owned(), shape.kind),
        Err(error) => {
            let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
            let mut digest =
                QueryDigest::new(format!("{hash:016x}"), text.to_owned(), StatementKind::Read);
            digest.unparsed = Some(error.message);
            digest
        }
    };
    digest.calls = calls;
    digest.durations = durations;
    digest
}

/// Two moments with a blank between, as `sql` yields them. A server that does not know the one has none.
pub async fn moments(session: &mut dyn Session, sql: &str) -> Result<Option<(f64, f64)>, DbError> {
    let rows = match session.query_text(sql).await {
        Ok(rows) => rows,
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => return Ok(None),
    };
    let told = rows.into_iter().flatten().next();
    Ok(told.as_deref().and_then(|text| text.split_once(' ')).and_then(|(from, to)| {
        let (from, to): (f64, f64) = (from.parse().ok()?, to.parse().ok()?);
        (from.is_finite() && to > from).then_some((from, to))
    }))
}
