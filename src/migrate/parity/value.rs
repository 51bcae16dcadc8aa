//! Are two values the same, whatever they are written like?

use std::borrow::Cow;

use super::json_value::{decimal, normalized};
use crate::engine::migration::{Form, ReadColumn, ValueKind};

/// Of one column on both sides.
#[derive(Debug, Clone, Copy)]
pub struct ValueTest {
    compare: Compare,
    tolerance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Text,
    Double,
    Single,
    Decimal,
    Json,
    /// Two numbers in parentheses.
    Point,
}

impl ValueTest {
    pub fn of(source: &ReadColumn, target: &ReadColumn, tolerance: f64) -> ValueTest {
        let single = source.kind == ValueKind::Single || target.kind == ValueKind::Single;
        let compare = match (source.form, source.kind) {
            (Form::Single, _) | (Form::Plain, ValueKind::Single) => Compare::Single,
            (Form::Double, _) | (Form::Plain, ValueKind::Double) if single => Compare::Single,
            (Form::Double, _) | (Form::Plain, ValueKind::Double) => Compare::Double,
            (Form::Point, _) => Compare::Point,
            (Form::Number, _) if single => Compare::Single,
            (Form::Number, _) => Compare::Double,
            (Form::Json, _) | (Form::Plain, ValueKind::Json { parsed: true }) => Compare::Json,
            (Form::TrimmedDecimal | Form::Decimal, _)
            | (Form::Plain, ValueKind::Decimal { .. }) => Compare::Decimal,
            _ => Compare::Text,
        };
        ValueTest { compare, tolerance }
    }

    pub fn same(&self, a: Option<&str>, b: Option<&str>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return a == b };
        if a == b {
            return true;
        }
        match self.compare {
            Compare::Text => false,
            Compare::Decimal => decimal(a).is_some_and(|a| Some(a) == decimal(b)),
            Compare::Json => normalized(a).is_some_and(|a| Some(a) == normalized(b)),
            Compare::Point => point(a).is_some_and(|a| Some(a) == point(b)),
            Compare::Double => match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => self.close(a, b),
                _ => false,
            },
            Compare::Single => match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => self.close(f64::from(a as f32), f64::from(b as f32)),
                _ => false,
            },
        }
    }

    /// What is the same for all values that are the same, where no tolerance was asked for.
    pub fn normal<'v>(&self, value: &'v str) -> Cow<'v, str> {
        let own = match self.compare {
            Compare::Text => None,
            Compare::Decimal => decimal(value),
            Compare::Json => normalized(value),
            Compare::Point => point(value).map(|(x, y)| format!("{},{}", bits(x), bits(y))),
            Compare::Double => value.parse::<f64>().ok().map(bits),
            Compare::Single => {
                value.parse::<f64>().ok().map(|number| bits(f64::from(number as f32)))
            }
        };
        own.map_or(Cow::Borrowed(value), Cow::Owned)
    }

    pub fn tolerant(&self) -> bool {
        self.tolerance > 0.0 && matches!(self.compare, Compare::Double | Compare::Single)
    }

    fn close(&self, a: f64, b: f64) -> bool {
        (a.is_nan() && b.is_nan())
            || a == b
            || (self.tolerance > 0.0 && (a - b).abs() <= self.tolerance * a.abs().max(b.abs()))
    }
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (x, y) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
    Some((x.trim().parse().ok()?, y.trim().parse().ok()?))
}

/// 0 and -0 are one number, and so is everything that is none.
fn bits(number: f64) -> String {
    match number {
        number if number.is_nan() => "nan".to_owned(),
        number => format!("{:x}", (number + 0.0).to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(form: Form, kind: ValueKind, tolerance: f64) -> ValueTest {
        let column = ReadColumn {
            name: "c".to_owned(),
            kind,
            form,
            nullable: true,
            utf8: true,
            long: false,
        };
        ValueTest::of(&column, &column, tolerance)
    }

    #[test]
    fn doubles_are_the_same_to_the_last_bit_or_within_what_was_asked() {
        let exact = test(Form::Double, ValueKind::Double, 0.0);
        assert!(exact.same(Some("1e20"), Some("100000000000000000000")));
        assert!(!exact.same(Some("0.1"), Some("0.10000000000000002")));
        assert!(exact.same(Some("NaN"), Some("nan")));
        let loose = test(Form::Double, ValueKind::Double, 1e-9);
        assert!(loose.same(Some("0.1"), Some("0.10000000000000002")));
        assert!(!loose.same(Some("1.5"), Some("1.5000001")));
    }

    #[test]
    fn singles_are_compared_as_singles() {
        let test = test(Form::Single, ValueKind::Single, 0.0);
        assert!(test.same(Some("0.1"), Some("0.10000000149011612")));
        assert!(!test.same(Some("16777216"), Some("16777200")));
    }

    #[test]
    fn points_are_compared_by_their_numbers() {
        let test = test(Form::Point, ValueKind::Point, 0.0);
        assert!(test.same(Some("(0.0000000001,1e300)"), Some("(1e-10,1e+300)")));
        assert!(!test.same(Some("(1,2)"), Some("(1,2.0000000000000004)")));
    }

    #[test]
    fn null_is_no_empty_text() {
        let test = test(Form::Text, ValueKind::Text { padded: false, limit: None }, 0.0);
        assert!(!test.same(None, Some("")));
        assert!(test.same(None, None));
    }
}
