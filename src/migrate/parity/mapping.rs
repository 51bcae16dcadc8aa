//! Which types hold the same values, and the text in which both sides write them.

use serde::Serialize;

use crate::engine::migration::{ColumnShape, Form, ValueKind};

/// How the target's type holds the source's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Fit {
    Same,
    /// Every value fits; the type is another one.
    Converted,
    /// As such a type is usually moved: the values that are usual fit.
    Usual,
    /// Some values would not fit.
    Narrower,
}

/// The form for a pair of columns and how well they fit.
///
/// # Errors
/// Why values of the two cannot be compared, as a sentence without its full stop.
pub fn form_of(
    source: &ColumnShape,
    target: &ColumnShape,
    same_family: bool,
    zero_dates_to_null: bool,
) -> Result<(Form, Fit), String> {
    let (a, b) = (source.kind, target.kind);
    if same_family && a == b {
        return Ok((Form::Plain, Fit::Same));
    }
    let form = crossing(a, b, target).ok_or_else(|| {
        format!("{} and {} have no form in common", source.declared, target.declared)
    })?;
    let form = match (form, zero_dates_to_null) {
        (Form::Date, true) => Form::DateOrNull,
        (Form::Timestamp, true) => Form::TimestampOrNull,
        (Form::Instant, true) => Form::InstantOrNull,
        (form, _) => form,
    };
    Ok((form, fit(a, b)))
}

fn crossing(a: ValueKind, b: ValueKind, target: &ColumnShape) -> Option<Form> {
    use ValueKind as K;
    Some(match (a, b) {
        (K::Integer { .. } | K::Boolean, K::Integer { .. } | K::Boolean) => Form::Integer,
        (K::Year, K::Integer { .. } | K::Year) | (K::Integer { .. }, K::Year) => Form::Year,
        (K::Decimal { scale: Some(x), .. }, K::Decimal { scale: Some(y), .. }) if x == y => {
            Form::Decimal
        }
        (K::Decimal { .. } | K::Integer { .. }, K::Decimal { .. } | K::Integer { .. }) => {
            Form::TrimmedDecimal
        }
        (K::Single, K::Single | K::Double) | (K::Double, K::Single) => Form::Single,
        (K::Double, K::Double) => Form::Double,
        (K::Single | K::Double, K::Decimal { .. } | K::Integer { .. })
        | (K::Decimal { .. } | K::Integer { .. }, K::Single | K::Double) => Form::Number,
        (K::Date, K::Date) => Form::Date,
        (K::DateTime { zoned: x }, K::DateTime { zoned: y }) if x || y => Form::Instant,
        (K::DateTime { .. } | K::Date, K::DateTime { .. }) => Form::Timestamp,
        (K::Time { .. }, K::Time { .. }) => Form::Time,
        (K::Time { .. }, K::Interval) | (K::Interval, K::Time { .. }) => Form::Microseconds,
        (K::Text { .. }, K::Text { padded: true, .. }) => Form::TrimmedText,
        (K::Text { padded: true, .. }, K::Text { .. }) => Form::Text,
        (K::Text { .. } | K::Label | K::LabelSet, K::Text { .. } | K::Label) => Form::Text,
        (K::LabelSet, K::TextArray) => Form::LabelList,
        (K::Text { limit: Some(32), .. }, K::Uuid) => Form::UuidHex,
        (K::Text { .. }, K::Uuid) | (K::Uuid, K::Text { .. }) => Form::LowerText,
        (K::Bytes { fixed: Some(16) } | K::Uuid, K::Uuid) => Form::UuidHex,
        (K::Bytes { .. }, K::Bytes { .. }) => Form::Hex,
        (K::Bits { count: x }, K::Bits { count: y }) if x == y || x * y == 0 => Form::BitString,
        (K::Bits { .. }, K::Boolean | K::Integer { .. } | K::Bits { .. })
        | (K::Boolean | K::Integer { .. }, K::Bits { .. }) => Form::BitNumber,
        (K::Json { parsed: false }, K::Json { parsed: false } | K::Text { .. }) => Form::Text,
        (K::Json { .. } | K::Text { .. }, K::Json { .. }) | (K::Json { .. }, K::Text { .. }) => {
            Form::Json
        }
        (K::Point, K::Point) => Form::Point,
        (K::Point | K::Geometry, K::Geometry) => Form::WellKnownBinary,
        (K::Address, K::Address) => Form::Address,
        (K::Address, K::Text { .. }) => Form::Text,
        // Spelt the same, e.g. an array on two servers.
        (K::Other, K::Other) if target.declared.ends_with("[]") => Form::Plain,
        _ => return None,
    })
}

fn fit(a: ValueKind, b: ValueKind) -> Fit {
    use ValueKind as K;
    let bits = |bits: u8, unsigned: bool| u32::from(bits) + u32::from(unsigned);
    match (a, b) {
        (a, b) if a == b => Fit::Same,
        (K::Integer { bits: x, unsigned: u }, K::Integer { bits: y, unsigned: v }) => {
            match bits(x, u) <= bits(y, v) && (u || !v) {
                true => Fit::Converted,
                false => Fit::Narrower,
            }
        }
        (K::Integer { bits, .. }, K::Decimal { precision: Some(p), scale }) => {
            let digits = p.saturating_sub(scale.unwrap_or(0));
            if f64::from(digits) >= f64::from(bits) * std::f64::consts::LOG10_2 - 0.5 {
                Fit::Converted
            } else {
                Fit::Narrower
            }
        }
        (
            K::Decimal { precision: Some(p), scale: Some(s) },
            K::Decimal { precision: Some(q), scale: Some(t) },
        ) => {
            if p.saturating_sub(s) <= q.saturating_sub(t) && s <= t {
                Fit::Converted
            } else {
                Fit::Narrower
            }
        }
        (K::Text { limit, .. }, K::Text { limit: Some(most), .. }) => {
            if limit.is_some_and(|limit| limit <= most) { Fit::Converted } else { Fit::Narrower }
        }
        (K::Integer { bits: 8, .. }, K::Boolean)
        | (K::Time { span: true }, K::Time { span: false }) => Fit::Usual,
        (K::Integer { .. }, K::Boolean)
        | (K::Double, K::Single)
        | (K::Single | K::Double, K::Decimal { .. } | K::Integer { .. })
        | (K::Decimal { .. } | K::Integer { .. }, K::Single | K::Double)
        | (K::DateTime { .. }, K::Date) => Fit::Narrower,
        (K::Text { limit: None, .. }, K::Label) | (K::Text { .. }, K::Label) => Fit::Narrower,
        _ => Fit::Converted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: ValueKind) -> ColumnShape {
        ColumnShape {
            name: "c".to_owned(),
            declared: "declared".to_owned(),
            kind,
            nullable: true,
            default: None,
            numbered: false,
            on_update: false,
            generated: false,
            expression: None,
            folds_case: false,
            collation: None,
            utf8: true,
            labels: Vec::new(),
        }
    }

    fn pair(a: ValueKind, b: ValueKind) -> Result<(Form, Fit), String> {
        form_of(&column(a), &column(b), false, false)
    }

    #[test]
    fn each_pair_has_the_form_that_loses_nothing() {
        use ValueKind as K;
        let big = K::Integer { bits: 64, unsigned: true };
        let free = K::Decimal { precision: None, scale: None };
        assert_eq!(pair(big, free), Ok((Form::TrimmedDecimal, Fit::Converted)));
        let whole = K::Decimal { precision: Some(20), scale: Some(0) };
        assert_eq!(pair(big, whole), Ok((Form::TrimmedDecimal, Fit::Converted)));
        let signed = K::Integer { bits: 64, unsigned: false };
        assert_eq!(pair(big, signed), Ok((Form::Integer, Fit::Narrower)));
        let tiny = K::Integer { bits: 8, unsigned: false };
        assert_eq!(pair(tiny, K::Boolean), Ok((Form::Integer, Fit::Usual)));
        assert_eq!(pair(K::Json { parsed: true }, K::Json { parsed: true }).unwrap().0, Form::Json);
        assert!(pair(K::Date, K::Uuid).is_err());
    }

    #[test]
    fn servers_of_one_family_print_alike() {
        let text = column(ValueKind::Text { padded: false, limit: None });
        assert_eq!(form_of(&text, &text, true, false), Ok((Form::Plain, Fit::Same)));
    }
}
