//! What kind of damage two unequal values look like, so that a reader knows where to look.

use crate::engine::migration::{DIGEST_MARK, Form, ReadColumn, ValueKind};

/// A word or two, `None` where it looks like nothing in particular.
pub fn nature(column: &ReadColumn, source: Option<&str>, target: Option<&str>) -> Option<String> {
    let (a, b) = match (source, target) {
        (Some(""), None) | (None, Some("")) => return said("NULL against an empty text"),
        (Some(_), None) => return said("became NULL"),
        (None, Some(_)) => return said("was NULL"),
        (a, b) => (a?, b?),
    };
    if a.contains(DIGEST_MARK) || b.contains(DIGEST_MARK) {
        return said("a long value: its beginning, its length and its digest are shown");
    }
    match column.form {
        Form::Local
        | Form::Timestamp
        | Form::Instant
        | Form::TimestampOrNull
        | Form::InstantOrNull => moment(a, b),
        Form::Plain if matches!(column.kind, ValueKind::DateTime { .. }) => moment(a, b),
        Form::Json => said("JSON values differ"),
        Form::Hex | Form::UuidHex | Form::WellKnownBinary => bytes(a, b),
        _ => match (number(a), number(b)) {
            (Some(x), Some(y))
                if column.kind != (ValueKind::Text { padded: false, limit: None }) =>
            {
                numbers(a, b, x, y)
            }
            _ => texts(a, b),
        },
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn numbers(a: &str, b: &str, x: f64, y: f64) -> Option<String> {
    let fraction = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if x == -y {
        return said("sign");
    }
    if x - y == 18_446_744_073_709_551_616.0 || x - y == 4_294_967_296.0 {
        return said("unsigned value overflowed");
    }
    if fraction(a) > fraction(b) && a.starts_with(b.trim_end_matches('0').trim_end_matches('.')) {
        return said("fraction cut off");
    }
    if x.trunc() == y || (x != 0.0 && x.round() == y) {
        return said("fraction lost");
    }
    let relative = (x - y).abs() / x.abs().max(y.abs());
    match relative {
        r if r < 1e-5 && (fraction(a) > 0 || fraction(b) > 0) => said("last digits of a number"),
        _ => None,
    }
}

fn texts(a: &str, b: &str) -> Option<String> {
    if a.trim_end_matches(' ') == b.trim_end_matches(' ') {
        return said("trailing blanks");
    }
    if a.to_lowercase() == b.to_lowercase() {
        return said("case");
    }
    if a.trim() == b.trim() {
        return said("white space around it");
    }
    if !b.is_empty() && a.starts_with(b) {
        return said("cut off at the end");
    }
    if b.contains('\u{fffd}') || b.matches('?').count() > a.matches('?').count() {
        return said("characters lost in conversion");
    }
    if mistaken(a) == b || mistaken(b) == a {
        return said("UTF-8 read as Latin-1");
    }
    if a.replace("\r\n", "\n") == b.replace("\r\n", "\n") {
        return said("line ends");
    }
    if a.chars().filter(|c| *c != '\0').eq(b.chars()) {
        return said("NUL characters lost");
    }
    None
}

/// The text as it looks when its bytes are taken for Latin-1.
fn mistaken(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

fn bytes(a: &str, b: &str) -> Option<String> {
    if a.trim_end_matches('0').len() <= b.len()
        && a.trim_end_matches('0') == b.trim_end_matches('0')
    {
        return said("zero bytes at the end");
    }
    if !b.is_empty() && a.starts_with(b) {
        return said("cut off at the end");
    }
    let differing = a.as_bytes().chunks(2).zip(b.as_bytes().chunks(2)).filter(|(a, b)| a != b);
    match a.len() == b.len() {
        true => Some(format!("{} of {} bytes differ", differing.count(), a.len() / 2)),
        false => None,
    }
}

/// Two moments: shifted by whole quarters of an hour, or with less of their fraction.
fn moment(a: &str, b: &str) -> Option<String> {
    let parse = |text: &str| {
        let text = text.trim_end_matches("+00").replacen(' ', "T", 1);
        text.parse::<jiff::civil::DateTime>().ok()
    };
    let (Some(x), Some(y)) = (parse(a), parse(b)) else {
        return match a.starts_with("0000") || a.contains("-00") {
            true => said("a date that does not exist"),
            false => None,
        };
    };
    let seconds = (y - x).total(jiff::Unit::Second).ok()?;
    if seconds.abs() < 1.0 {
        return said("fraction of a second");
    }
    if seconds % 900.0 == 0.0 && seconds.abs() <= 86_400.0 {
        return Some(format!("shifted by {:+} hours: time zone", seconds / 3600.0));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: Form, kind: ValueKind, a: Option<&str>, b: Option<&str>) -> String {
        let column = ReadColumn {
            name: "c".to_owned(),
            kind,
            form,
            nullable: true,
            utf8: true,
            long: false,
        };
        nature(&column, a, b).unwrap_or_default()
    }

    #[test]
    fn damage_is_named() {
        let text = ValueKind::Text { padded: false, limit: None };
        let of_text = |a, b| of(Form::Text, text, Some(a), Some(b));
        assert_eq!(of_text("GUINESS", "guiness"), "case");
        assert_eq!(of_text("a", "a  "), "trailing blanks");
        assert_eq!(of_text("ä", "Ã¤"), "UTF-8 read as Latin-1");
        assert_eq!(of_text("😀", "????"), "characters lost in conversion");
        assert_eq!(of(Form::Text, text, Some(""), None), "NULL against an empty text");
        let stamp = ValueKind::DateTime { zoned: true };
        let (a, b) = ("2024-03-31 01:30:00.000000", "2024-03-31 02:30:00.000000");
        assert_eq!(of(Form::Instant, stamp, Some(a), Some(b)), "shifted by +1 hours: time zone");
        let (a, b) = ("2024-03-31 01:30:00.123456", "2024-03-31 01:30:00.123000");
        assert_eq!(of(Form::Timestamp, stamp, Some(a), Some(b)), "fraction of a second");
        let decimal = ValueKind::Decimal { precision: Some(9), scale: Some(4) };
        assert_eq!(of(Form::Decimal, decimal, Some("1.2345"), Some("1.23")), "fraction cut off");
        assert_eq!(
            of(Form::Double, ValueKind::Double, Some("0.1"), Some("0.10000000000000002")),
            "last digits of a number"
        );
        assert_eq!(
            of(Form::Hex, ValueKind::Bytes { fixed: None }, Some("00ff"), Some("00fe")),
            "1 of 2 bytes differ"
        );
        let big = ValueKind::Integer { bits: 64, unsigned: true };
        assert_eq!(
            of(Form::Integer, big, Some("18446744073709551615"), Some("-1")),
            "unsigned value overflowed"
        );
    }
}
