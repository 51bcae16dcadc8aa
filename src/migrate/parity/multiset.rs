//! Rows that nothing but all of their values tells apart, on both sides: which are left when each is taken off against
//! one that is the same?

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::pairs::Reading;
use crate::engine::migration::TextRow;

/// Rows of one token that are held as they are; of those beyond only what tells whether there are as many over there.
const HELD: usize = 100_000;
/// Below so many pairs each row is held against each.
const FEW: usize = 10_000;
/// Within a tolerance nothing but looking at every pair tells which are the same: so many are looked at.
const MOST_PAIRS: usize = 50_000_000;

/// Rows of one side with one token.
#[derive(Debug, Default)]
pub struct Group {
    rows: Vec<TextRow>,
    /// Of all rows, once there are more than are held.
    beyond: Option<HashMap<u64, i64>>,
}

/// What has no counterpart.
#[derive(Debug, Default)]
pub struct LeftOver {
    pub left: Vec<TextRow>,
    pub right: Vec<TextRow>,
    /// Rows that differ and are not held.
    pub unshown: u64,
    /// Rows of which nobody knows.
    pub unclear: u64,
}

impl Group {
    pub fn add(&mut self, reading: &Reading, row: TextRow) {
        if self.rows.len() == HELD && self.beyond.is_none() {
            let mut known = HashMap::new();
            for row in &self.rows {
                *known.entry(digest(reading, row)).or_default() += 1;
            }
            self.beyond = Some(known);
        }
        match &mut self.beyond {
            Some(known) => *known.entry(digest(reading, &row)).or_default() += 1,
            None => self.rows.push(row),
        }
    }

    fn digests(self, reading: &Reading) -> HashMap<u64, i64> {
        let Group { rows, beyond } = self;
        beyond.unwrap_or_else(|| {
            let mut known = HashMap::new();
            for row in &rows {
                *known.entry(digest(reading, row)).or_default() += 1;
            }
            known
        })
    }

    fn len(&self) -> u64 {
        match &self.beyond {
            Some(known) => known.values().sum::<i64>().unsigned_abs(),
            None => self.rows.len() as u64,
        }
    }
}

pub fn left_over(reading: &Reading, left: Group, right: Group) -> LeftOver {
    let tolerant = reading.tests.iter().any(super::value::ValueTest::tolerant);
    let pairs = left.rows.len().saturating_mul(right.rows.len());
    let held = left.beyond.is_none() && right.beyond.is_none();
    match (held, tolerant) {
        (true, _) if pairs <= FEW => one_by_one(reading, left.rows, right.rows),
        (true, true) if pairs <= MOST_PAIRS => one_by_one(reading, left.rows, right.rows),
        (_, true) => LeftOver { unclear: left.len().max(right.len()), ..LeftOver::default() },
        (true, false) => by_value(reading, left.rows, right.rows),
        (false, false) => by_number(reading, left, right),
    }
}

fn one_by_one(reading: &Reading, left: Vec<TextRow>, mut right: Vec<TextRow>) -> LeftOver {
    let mut alone = Vec::new();
    for row in left {
        match right.iter().position(|other| same(reading, &row, other)) {
            Some(place) => drop(right.swap_remove(place)),
            None => alone.push(row),
        }
    }
    LeftOver { left: alone, right, ..LeftOver::default() }
}

fn by_value(reading: &Reading, left: Vec<TextRow>, right: Vec<TextRow>) -> LeftOver {
    let mut waiting: HashMap<Vec<Option<String>>, Vec<TextRow>> = HashMap::new();
    for row in right {
        waiting.entry(normal(reading, &row)).or_default().push(row);
    }
    let mut alone = Vec::new();
    for row in left {
        let other = waiting.get_mut(&normal(reading, &row)).and_then(Vec::pop);
        if other.is_none() {
            alone.push(row);
        }
    }
    let right = waiting.into_values().flatten().collect();
    LeftOver { left: alone, right, ..LeftOver::default() }
}

fn by_number(reading: &Reading, left: Group, right: Group) -> LeftOver {
    let mut known = left.digests(reading);
    for (digest, count) in right.digests(reading) {
        *known.entry(digest).or_default() -= count;
    }
    let missing: i64 = known.values().filter(|count| **count > 0).sum();
    let extra: i64 = known.values().filter(|count| **count < 0).sum();
    LeftOver { unshown: missing.max(-extra).unsigned_abs(), ..LeftOver::default() }
}

fn same(reading: &Reading, a: &TextRow, b: &TextRow) -> bool {
    let values = a.iter().zip(b).skip(1);
    reading.tests.iter().zip(values).all(|(test, (a, b))| test.same(a.as_deref(), b.as_deref()))
}

fn normal(reading: &Reading, row: &TextRow) -> Vec<Option<String>> {
    let values = reading.tests.iter().zip(row.iter().skip(1));
    values.map(|(test, value)| value.as_deref().map(|v| test.normal(v).into_owned())).collect()
}

fn digest(reading: &Reading, row: &TextRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    normal(reading, row).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::TableName;
    use crate::engine::migration::{Form, Hashing, ReadColumn, Slice, ValueKind};
    use crate::migrate::parity::value::ValueTest;

    fn reading(form: Form, tolerance: f64) -> Reading {
        let kind = ValueKind::Json { parsed: true };
        let name = "c".to_owned();
        let column = ReadColumn { name, kind, form, nullable: true, utf8: true, long: false };
        let table = TableName { schema: "s".to_owned(), name: "t".to_owned() };
        let slice = Slice {
            table,
            columns: vec![column.clone()],
            key: Vec::new(),
            numbered: false,
            filter: None,
            hashing: Hashing::Canonical,
            only: false,
        };
        Reading {
            source: slice.clone(),
            target: slice,
            tests: vec![ValueTest::of(&column, &column, tolerance)],
            compared: Vec::new(),
            skipped: Vec::new(),
            key: Vec::new(),
            own: false,
            cautions: Vec::new(),
        }
    }

    fn group(reading: &Reading, values: impl Iterator<Item = String>) -> Group {
        let mut group = Group::default();
        for value in values {
            group.add(reading, vec![Some("token".to_owned()), Some(value)]);
        }
        group
    }

    #[test]
    fn many_rows_without_a_key_are_compared_to_the_last() {
        let reading = reading(Form::Json, 0.0);
        let document = |n: usize| format!("{{\"n\": {n}.0}}");
        for count in [5, 5_000, HELD + 50] {
            let left = group(&reading, (0..count).map(document));
            let right = group(&reading, (0..count).rev().map(|n| format!("{{\"n\":{n}}}")));
            let equal = left_over(&reading, left, right);
            assert_eq!((equal.left.len(), equal.right.len(), equal.unshown), (0, 0, 0), "{count}");
            let left = group(&reading, (0..count).map(document));
            let right = group(&reading, (1..=count).map(document));
            let other = left_over(&reading, left, right);
            assert_eq!(other.left.len().max(other.unshown as usize), 1, "{count}");
        }
    }

    #[test]
    fn what_is_too_much_for_a_tolerance_is_said_to_be_unclear() {
        let reading = reading(Form::Double, 1e-9);
        let values = || (0..HELD + 1).map(|n| n.to_string());
        let (left, right) = (group(&reading, values()), group(&reading, values()));
        assert_eq!(left_over(&reading, left, right).unclear, HELD as u64 + 1);
    }
}
