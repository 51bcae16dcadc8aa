//! Two streams of rows in the order of their tokens, side by side, in memory for a few rows.

use std::cmp::Ordering;

use futures_util::StreamExt;

use super::multiset::{self, Group};
use super::nature::nature;
use super::pairs::Reading;
use super::report::{ColumnDifference, Difference, RowDifference};
use crate::engine::DbError;
use crate::engine::migration::{DIGEST_MARK, RowStream, TextRow};

/// Longer values are cut where they are shown.
const SHOWN: usize = 200;

/// What was found, the first few as they are and all of them counted.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub rows: Vec<RowDifference>,
    /// Tokens of rows that differ, for reading them again; the first ones.
    pub count: u64,
    /// Rows that could not be told apart from others of their kind: too many for the tolerance that was asked for.
    pub unclear: u64,
}

impl Found {
    fn add(&mut self, keep: usize, difference: impl FnOnce() -> RowDifference) {
        self.count += 1;
        if self.rows.len() < keep {
            self.rows.push(difference());
        }
    }
}

/// One side, a row ahead.
struct Side<'s> {
    stream: RowStream<'s>,
    next: Option<TextRow>,
}

impl Side<'_> {
    async fn advance(&mut self) -> Result<Option<TextRow>, DbError> {
        let next = self.stream.next().await.transpose()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn token(&self) -> Option<&str> {
        self.next.as_ref().and_then(|row| row.first()).map(|token| token.as_deref().unwrap_or(""))
    }

    /// Every row with the token of the next one.
    async fn group(&mut self, reading: &Reading, token: &str) -> Result<Group, DbError> {
        let mut group = Group::default();
        while self.token() == Some(token) {
            if let Some(row) = self.advance().await? {
                group.add(reading, row);
            }
        }
        Ok(group)
    }
}

/// Compares value by value. `keep`: differing rows that are kept as they are.
pub async fn merge(
    reading: &Reading,
    source: RowStream<'_>,
    target: RowStream<'_>,
    keep: usize,
) -> Result<Found, DbError> {
    let mut found = Found::default();
    let (mut a, mut b) = (Side { stream: source, next: None }, Side { stream: target, next: None });
    let (first, second) = tokio::join!(a.advance(), b.advance());
    first?;
    second?;
    loop {
        let order = match (a.token(), b.token()) {
            (None, None) => return Ok(found),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => ordered(reading, x, y),
        };
        let token = match order {
            Ordering::Greater => b.token(),
            _ => a.token(),
        };
        let token = token.unwrap_or_default().to_owned();
        let (left, right) = match order {
            Ordering::Less => (a.group(reading, &token).await?, Group::default()),
            Ordering::Greater => (Group::default(), b.group(reading, &token).await?),
            Ordering::Equal => {
                let (left, right) =
                    tokio::join!(a.group(reading, &token), b.group(reading, &token));
                (left?, right?)
            }
        };
        compare(reading, &token, left, right, keep, &mut found);
    }
}

fn ordered(reading: &Reading, x: &str, y: &str) -> Ordering {
    match reading.source.numbered {
        true => x.parse::<i128>().ok().cmp(&y.parse::<i128>().ok()),
        false => x.cmp(y),
    }
}

/// Rows with one token: each is taken off against one that is the same; what is left differs.
fn compare(
    reading: &Reading,
    token: &str,
    left: Group,
    right: Group,
    keep: usize,
    found: &mut Found,
) {
    let left_over = multiset::left_over(reading, left, right);
    found.unclear += left_over.unclear;
    let mut right = left_over.right.into_iter();
    for row in left_over.left {
        match right.next() {
            Some(other) => found.add(keep, || changed(reading, token, &row, &other)),
            None => found.add(keep, || lonely(reading, token, &row, Difference::Missing)),
        }
    }
    for row in right {
        found.add(keep, || lonely(reading, token, &row, Difference::Extra));
    }
    found.count += left_over.unshown;
}

fn changed(reading: &Reading, token: &str, a: &TextRow, b: &TextRow) -> RowDifference {
    let columns = reading.compared.iter().enumerate().filter_map(|(place, column)| {
        let value = |row: &TextRow| row.get(place + 1).cloned().flatten();
        let (source, target) = (value(a), value(b));
        let test = reading.tests.get(place)?;
        if test.same(source.as_deref(), target.as_deref()) {
            return None;
        }
        let read = reading.source.columns.get(place)?;
        Some(ColumnDifference {
            column: column.source.clone(),
            nature: nature(read, source.as_deref(), target.as_deref()),
            source: source.map(|text| shown(&text)),
            target: target.map(|text| shown(&text)),
        })
    });
    RowDifference {
        kind: Difference::Changed,
        row: row_name(reading, a),
        columns: columns.collect(),
        token: token.to_owned(),
    }
}

fn lonely(reading: &Reading, token: &str, row: &TextRow, kind: Difference) -> RowDifference {
    RowDifference {
        kind,
        row: row_name(reading, row),
        columns: Vec::new(),
        token: token.to_owned(),
    }
}

/// The key, or all of a row that has none.
fn row_name(reading: &Reading, row: &TextRow) -> Vec<(String, Option<String>)> {
    let places: Vec<usize> = match reading.source.key.as_slice() {
        [] => (0..reading.compared.len()).collect(),
        key => key.to_vec(),
    };
    let named = places.into_iter().filter_map(|place| {
        let name = reading.compared.get(place)?.source.clone();
        Some((name, row.get(place + 1).cloned().flatten().map(|text| shown(&text))))
    });
    named.collect()
}

fn shown(text: &str) -> String {
    // Cut already, with what tells it from others at its end.
    if text.contains(DIGEST_MARK) {
        return text.to_owned();
    }
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
