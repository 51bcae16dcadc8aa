//! Are two answers the same rows?

use std::cmp::Ordering;

use super::RowExample;
use crate::engine::{Answer, AnswerColumn};

/// Differing rows that are shown.
const EXAMPLES: usize = 3;

type Row = Vec<Option<String>>;

/// The first rows that differ; empty when the answers are the same. As multisets, unless `ordered`: then place
/// by place. Floating-point values are compared with their column's tolerance.
pub fn differing(before: &Answer, after: &Answer, ordered: bool, set: usize) -> Vec<RowExample> {
    let example = |before: Option<&Row>, after: Option<&Row>| RowExample {
        parameters: set + 1,
        before: before.cloned(),
        after: after.cloned(),
    };
    let columns = &before.columns;
    let pairs = match ordered {
        true => in_place(&before.rows, &after.rows, columns),
        false => as_multiset(sorted(before), sorted(after), columns),
    };
    pairs.into_iter().map(|(before, after)| example(before, after)).collect()
}

/// One unequal pair: the row of each side, where it has one.
type Unequal<'r> = (Option<&'r Row>, Option<&'r Row>);

fn in_place<'r>(a: &'r [Row], b: &'r [Row], columns: &[AnswerColumn]) -> Vec<Unequal<'r>> {
    let places = (0..a.len().max(b.len())).map(|place| (a.get(place), b.get(place)));
    let unequal = places.filter(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => !same(a, b, columns),
        _ => true,
    });
    unequal.take(EXAMPLES).collect()
}

/// Walks both in order; what has no counterpart is only on its side.
fn as_multiset<'r>(a: Vec<&'r Row>, b: Vec<&'r Row>, columns: &[AnswerColumn]) -> Vec<Unequal<'r>> {
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    let mut unequal = Vec::new();
    while unequal.len() < EXAMPLES {
        match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(x), Some(y)) if same(x, y, columns) => {
                a.next();
                b.next();
            }
            (Some(x), Some(y)) if order(x, y, columns) == Ordering::Greater => {
                unequal.push((None, b.next()));
            }
            (Some(_), _) => unequal.push((a.next(), None)),
            (None, Some(_)) => unequal.push((None, b.next())),
        }
    }
    unequal
}

fn sorted(answer: &Answer) -> Vec<&Row> {
    let mut rows: Vec<&Row> = answer.rows.iter().collect();
    rows.sort_by(|a, b| order(a, b, &answer.columns));
    rows
}

/// Exact columns decide first, so that a last digit that differs never moves a row far from its counterpart.
fn order(a: &Row, b: &Row, columns: &[AnswerColumn]) -> Ordering {
    let of = |exact: bool| {
        let places = (0..a.len().max(b.len())).filter(move |place| {
            columns.get(*place).is_none_or(|column| column.tolerance.is_none()) == exact
        });
        places.map(move |place| match (a.get(place), b.get(place), exact) {
            (Some(Some(a)), Some(Some(b)), false) => number(a).total_cmp(&number(b)),
            (a, b, _) => a.cmp(&b),
        })
    };
    of(true).chain(of(false)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn same(a: &Row, b: &Row, columns: &[AnswerColumn]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).enumerate().all(|(place, (a, b))| {
            match (a, b, columns.get(place).and_then(|column| column.tolerance)) {
                (Some(a), Some(b), Some(tolerance)) => {
                    a == b || close(number(a), number(b), tolerance)
                }
                (a, b, _) => a == b,
            }
        })
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::AnswerKind;

    fn answer(rows: &[[Option<&str>; 2]]) -> Answer {
        let column = |name: &str, tolerance| AnswerColumn {
            name: name.to_owned(),
            tolerance,
            kind: AnswerKind::default(),
        };
        Answer {
            columns: vec![column("name", None), column("mean", Some(1e-9))],
            rows: rows
                .iter()
                .map(|row| row.iter().map(|v| v.map(str::to_owned)).collect())
                .collect(),
            ..Answer::default()
        }
    }

    #[test]
    fn order_counts_only_where_it_is_asked_for() {
        let a = answer(&[[Some("x"), Some("1")], [Some("y"), Some("2")]]);
        let b = answer(&[[Some("y"), Some("2")], [Some("x"), Some("1")]]);
        assert!(differing(&a, &b, false, 0).is_empty());
        assert_eq!(differing(&a, &b, true, 0).len(), 2);
    }

    #[test]
    fn how_often_a_row_comes_counts() {
        let a = answer(&[[Some("x"), None], [Some("x"), None]]);
        let b = answer(&[[Some("x"), None]]);
        let found = differing(&a, &b, false, 2);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].parameters, found[0].after.is_none()), (3, true));
    }

    #[test]
    fn last_digits_of_sums_do_not_count_and_others_do() {
        let a = answer(&[[Some("x"), Some("0.30000000000000004")], [Some("x"), Some("7")]]);
        let b = answer(&[[Some("x"), Some("7")], [Some("x"), Some("0.3")]]);
        assert!(differing(&a, &b, false, 0).is_empty());
        let c = answer(&[[Some("x"), Some("7")], [Some("x"), Some("0.31")]]);
        assert_eq!(differing(&a, &c, false, 0).len(), 2);
        let null = answer(&[[Some("x"), Some("7")], [Some("x"), None]]);
        assert!(!differing(&a, &null, false, 0).is_empty());
    }
}
