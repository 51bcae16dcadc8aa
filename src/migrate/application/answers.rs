//! Are two answers of two engines the same, whatever each prints its values like?

use std::cmp::Ordering;

use super::report::UnlikeRow;
use crate::engine::{Answer, AnswerColumn, AnswerKind};

/// Differing rows that are shown.
const EXAMPLES: usize = 3;
/// Sums of floating-point numbers in another order differ in their last digits.
const FLOATING: f64 = 1e-9;

/// How two answers differ.
#[derive(Debug, Clone, PartialEq)]
pub enum Unlike {
    Not,
    /// The same rows in another order, and what explains it, if anything does.
    Order(Option<&'static str>),
    /// A sentence, and the first rows.
    Rows(String, Vec<UnlikeRow>),
}

type Row = Vec<Option<String>>;

/// `ordered`: the query says in which order rows come, to the last one.
pub fn unlike(source: &Answer, target: &Answer, ordered: bool) -> Unlike {
    if source.columns.len() != target.columns.len() {
        let why = format!("{} columns against {}", source.columns.len(), target.columns.len());
        return Unlike::Rows(why, Vec::new());
    }
    let renamed = renamed(source, target);
    let kinds: Vec<Test> =
        source.columns.iter().zip(&target.columns).map(|(a, b)| Test::of(a, b)).collect();
    let mut a: Vec<&Row> = source.rows.iter().collect();
    let mut b: Vec<&Row> = target.rows.iter().collect();
    let in_place = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same(&kinds, a, b));
    if in_place {
        return Unlike::Not;
    }
    a.sort_by(|x, y| order(&kinds, x, y));
    b.sort_by(|x, y| order(&kinds, x, y));
    let pairs = unequal(&kinds, &a, &b);
    match pairs.is_empty() {
        true if ordered => Unlike::Order(order_reason(source, target)),
        true => Unlike::Not,
        false => {
            let mut why = match a.len() == b.len() {
                true => "other rows".to_owned(),
                false => format!("{} rows against {}", a.len(), b.len()),
            };
            if let Some(kind) = only_case(&pairs) {
                why.push_str(kind);
            }
            if !renamed.is_empty() {
                why.push_str(&format!("; {}", renamed.join(", ")));
            }
            Unlike::Rows(why, pairs)
        }
    }
}

/// Applications that read columns by their names care; sentences.
pub fn renamed(source: &Answer, target: &Answer) -> Vec<String> {
    let names = source.columns.iter().zip(&target.columns);
    let renamed = names.filter(|(a, b)| !a.name.eq_ignore_ascii_case(&b.name));
    renamed.map(|(a, b)| format!("{} is called {}", a.name, b.name)).collect()
}

/// How values of one column are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Test {
    number: bool,
    floating: bool,
    switch: bool,
    moment: bool,
}

impl Test {
    fn of(a: &AnswerColumn, b: &AnswerColumn) -> Test {
        let any = |kind| a.kind == kind || b.kind == kind;
        let switch = any(AnswerKind::Boolean);
        Test {
            number: any(AnswerKind::Number) && !switch,
            floating: a.tolerance.is_some() || b.tolerance.is_some(),
            switch,
            moment: any(AnswerKind::Moment),
        }
    }

    fn same(self, a: &str, b: &str) -> bool {
        if a == b {
            return true;
        }
        if self.switch {
            return truth(a).is_some_and(|a| Some(a) == truth(b));
        }
        if self.moment {
            return moment(a) == moment(b);
        }
        if !self.number {
            return false;
        }
        let (Ok(x), Ok(y)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
        if self.floating {
            return x == y || (x - y).abs() <= FLOATING * x.abs().max(y.abs());
        }
        at_common_scale(a, b)
    }

    /// The text by which rows are brought together.
    fn key(self, text: &str) -> String {
        if self.switch {
            return truth(text).map_or(text.to_owned(), |truth| truth.to_string());
        }
        if self.moment {
            return moment(text);
        }
        text.to_owned()
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "t" | "true" | "1" => Some(true),
        "f" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Without the zeros of a fraction, and without the zone of UTC.
fn moment(text: &str) -> String {
    let text = text.trim_end_matches("+00:00").trim_end_matches("+00");
    let text = match text.rsplit_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => {
            match fraction.trim_end_matches('0') {
                "" => whole.to_owned(),
                fraction => format!("{whole}.{fraction}"),
            }
        }
        _ => text.to_owned(),
    };
    text.strip_suffix(" 00:00:00").map_or(text.clone(), str::to_owned)
}

/// A quotient has four digits here and sixteen there: they are the same when one is the other, rounded.
fn at_common_scale(a: &str, b: &str) -> bool {
    let scale = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let common = scale(a).min(scale(b));
    let (short, long) = if scale(a) <= scale(b) { (a, b) } else { (b, a) };
    let (Ok(x), Ok(y)) = (short.parse::<f64>(), long.parse::<f64>()) else { return false };
    // Half of the last digit, and what binary fractions lose.
    let half = 0.5 * 10f64.powi(-(common as i32));
    let exact = short.len().max(long.len()) > 15;
    match (scale(a) == scale(b), exact) {
        (true, true) => a.trim_start_matches('0') == b.trim_start_matches('0'),
        (true, false) => x == y,
        (false, _) => (x - y).abs() <= half * (1.0 + 1e-9) && (common > 0 || x == y),
    }
}

fn same(kinds: &[Test], a: &Row, b: &Row) -> bool {
    kinds.iter().zip(a.iter().zip(b)).all(|(test, (a, b))| match (a, b) {
        (Some(a), Some(b)) => test.same(a, b),
        (a, b) => a == b,
    })
}

/// Numbers by value, so that one that is printed shorter stands beside its counterpart.
fn order(kinds: &[Test], a: &Row, b: &Row) -> Ordering {
    let of = |numbers: bool| {
        kinds.iter().zip(a.iter().zip(b)).filter(move |(test, _)| test.number == numbers).map(
            move |(test, (a, b))| match (a, b) {
                (Some(a), Some(b)) if numbers => {
                    let value = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
                    value(a).total_cmp(&value(b))
                }
                (Some(a), Some(b)) => test.key(a).cmp(&test.key(b)),
                (a, b) => a.cmp(b),
            },
        )
    };
    of(false).chain(of(true)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn unequal(kinds: &[Test], a: &[&Row], b: &[&Row]) -> Vec<UnlikeRow> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut found = Vec::new();
    while found.len() < EXAMPLES {
        let one = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(x), Some(y)) if same(kinds, x, y) => {
                a.next();
                b.next();
                continue;
            }
            (Some(x), Some(y)) if order(kinds, x, y) == Ordering::Greater => (None, b.next()),
            (Some(_), _) => (a.next(), None),
            (None, Some(_)) => (None, b.next()),
        };
        let copied = |row: Option<&&Row>| row.map(|row| (*row).clone());
        found.push(UnlikeRow { source: copied(one.0), target: copied(one.1) });
    }
    found
}

/// What two rows differ by where their letters are the same.
fn only_case(pairs: &[UnlikeRow]) -> Option<&'static str> {
    let lone = |side: fn(&UnlikeRow) -> &Option<Row>| {
        let rows = pairs.iter().filter_map(move |pair| side(pair).clone());
        rows.map(|row| {
            row.into_iter().map(|v| v.map(|v| v.trim_end().to_lowercase())).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
    };
    let (a, b) = (lone(|pair| &pair.source), lone(|pair| &pair.target));
    let alike = !a.is_empty() && a.iter().any(|row| b.contains(row));
    alike.then_some(", which differ in case or trailing blanks alone: collation")
}

/// Where rows change places: by NULLs, or by letters.
fn order_reason(source: &Answer, target: &Answer) -> Option<&'static str> {
    let first = source.rows.iter().zip(&target.rows).find(|(a, b)| a != b)?;
    let nulls = first.0.iter().zip(first.1).any(|(a, b)| a.is_none() != b.is_none());
    match nulls {
        true => Some("NULL comes first on one side and last on the other"),
        false => Some("the sides sort texts by different collations"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: AnswerKind, values: &[Option<&str>]) -> Answer {
        Answer {
            columns: vec![AnswerColumn { name: "x".to_owned(), tolerance: None, kind }],
            rows: values.iter().map(|value| vec![value.map(str::to_owned)]).collect(),
            ..Answer::default()
        }
    }

    #[test]
    fn quotients_are_the_same_at_the_scale_both_have() {
        let a = answer(AnswerKind::Number, &[Some("100.5000"), Some("33.3333")]);
        let b = answer(
            AnswerKind::Number,
            &[Some("100.5000000000000000"), Some("33.3333333333333333")],
        );
        assert_eq!(unlike(&a, &b, false), Unlike::Not);
        let c = answer(AnswerKind::Number, &[Some("2.5000"), Some("33.3333")]);
        let d = answer(AnswerKind::Number, &[Some("2"), Some("33.3333333333333333")]);
        assert!(matches!(unlike(&c, &d, false), Unlike::Rows(..)));
    }

    #[test]
    fn texts_are_no_numbers() {
        let a = answer(AnswerKind::Text, &[Some("1.0")]);
        let b = answer(AnswerKind::Text, &[Some("1.00")]);
        assert!(matches!(unlike(&a, &b, false), Unlike::Rows(..)));
    }

    #[test]
    fn another_order_is_named() {
        let a = answer(AnswerKind::Text, &[None, Some("a")]);
        let b = answer(AnswerKind::Text, &[Some("a"), None]);
        assert_eq!(unlike(&a, &b, false), Unlike::Not);
        let Unlike::Order(Some(why)) = unlike(&a, &b, true) else { panic!("an order") };
        assert!(why.contains("NULL"));
    }

    #[test]
    fn switches_and_moments_are_printed_otherwise() {
        let a = answer(AnswerKind::Boolean, &[Some("t")]);
        let b = answer(AnswerKind::Number, &[Some("1")]);
        assert_eq!(unlike(&a, &b, false), Unlike::Not);
        let a = answer(AnswerKind::Moment, &[Some("2024-01-01 10:00:00.500000")]);
        let b = answer(AnswerKind::Moment, &[Some("2024-01-01 10:00:00.5+00")]);
        assert_eq!(unlike(&a, &b, false), Unlike::Not);
    }

    #[test]
    fn case_alone_is_collation() {
        let a = answer(AnswerKind::Text, &[Some("Ann")]);
        let b = answer(AnswerKind::Text, &[Some("ANN")]);
        let Unlike::Rows(why, rows) = unlike(&a, &b, false) else { panic!("rows") };
        assert!(why.contains("collation") && rows.len() == 2, "{why}");
    }
}
