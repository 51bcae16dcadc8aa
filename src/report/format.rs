//! Numbers as people read them. Every format of report uses these and nothing else.

use crate::stats::Interval;

/// What is shown where there is no number.
pub const NOTHING: &str = "–";

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;
/// Width of a range, as a share of its middle, below which both ends would look the same.
const NARROW: f64 = 0.005;

/// A duration given in milliseconds: `12.3 µs`, `4.56 ms`, `1.2 s`, `3 min 20 s`.
pub fn millis(ms: f64) -> String {
    if !ms.is_finite() {
        return NOTHING.to_owned();
    }
    if ms.abs() >= MINUTE {
        return long_duration(ms);
    }
    let (scale, unit) = time_unit(ms);
    format!("{} {unit}", significant(ms * scale))
}

/// A range of durations in the unit of its upper end: `3.1–3.8 ms`.
pub fn millis_range(range: Interval) -> String {
    if !range.low.is_finite() || !range.high.is_finite() {
        return NOTHING.to_owned();
    }
    if range.high.abs() >= MINUTE || is_narrow(range) {
        return match is_narrow(range) {
            true => millis(range.mid()),
            false => format!("{}–{}", millis(range.low), millis(range.high)),
        };
    }
    let (scale, unit) = time_unit(range.high);
    format!("{}–{} {unit}", significant(range.low * scale), significant(range.high * scale))
}

/// A size in powers of 1024: `8 kB`, `439 MB`, `1.2 GB`.
pub fn bytes(size: f64) -> String {
    const UNITS: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    if !size.is_finite() {
        return NOTHING.to_owned();
    }
    let mut rest = size;
    let mut unit = 0;
    while rest.abs() >= 1023.95 && unit + 1 < UNITS.len() {
        rest /= 1024.0;
        unit += 1;
    }
    format!("{} {}", significant(rest), UNITS[unit])
}

/// A number of things: exact with thousands separators below ten million, then `12.3 million`.
pub fn count(number: f64) -> String {
    if !number.is_finite() {
        return NOTHING.to_owned();
    }
    match number.abs() {
        n if n >= 1e12 => format!("{number:.2e}"),
        n if n >= 1e9 => format!("{} billion", significant(number / 1e9)),
        n if n >= 1e7 => format!("{} million", significant(number / 1e6)),
        n if n < 10.0 && n.fract() > 0.0 => significant(number),
        _ => grouped(number.round()),
    }
}

/// A range of counts, one number when its ends are equal.
pub fn count_range(range: Interval) -> String {
    let (low, high) = (count(range.low), count(range.high));
    if low == high { low } else { format!("{low}–{high}") }
}

/// A factor: `3.4×`, `12×`, `1,200×`.
pub fn factor(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    match value.abs() {
        v if v < 0.995 => format!("{value:.2}×"),
        v if v < 9.95 => format!("{value:.1}×"),
        _ => format!("{}×", grouped(value.round())),
    }
}

/// A share of a whole, 0 to 1: `0.4 %`, `61 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NOTHING.to_owned();
    }
    let value = share * 100.0;
    match value.abs() {
        0.0 => "0 %".to_owned(),
        v if v < 0.1 => "<0.1 %".to_owned(),
        v if v < 9.95 => format!("{value:.1} %"),
        _ => format!("{value:.0} %"),
    }
}

/// after/before in words: `3.4× faster`, `1.2× slower`, `no change`.
pub fn speedup(ratio: f64) -> String {
    match ratio {
        r if !r.is_finite() || r <= 0.0 => NOTHING.to_owned(),
        r if factor(1.0 / r) == "1.0×" || factor(r) == "1.0×" => "no change".to_owned(),
        r if r < 1.0 => format!("{} faster", factor(1.0 / r)),
        r => format!("{} slower", factor(r)),
    }
}

/// The interval of after/before in the direction of `speedup(ratio)`: `3.1–3.8×`. Nothing for an
/// interval without bounds.
pub fn speedup_range(ratio: f64, range: Interval) -> String {
    let usable = |end: f64| end.is_finite() && end > 0.0;
    if !usable(range.low) || !usable(range.high) || !usable(ratio) {
        return "no interval".to_owned();
    }
    let (low, high) =
        if ratio < 1.0 { (1.0 / range.high, 1.0 / range.low) } else { (range.low, range.high) };
    let (low, high) = (factor(low), factor(high));
    if low == high { low } else { format!("{}–{high}", low.trim_end_matches('×')) }
}

/// An interval of after/before with its direction at either end: `3.1–3.8× faster`, `1.7× slower to even`,
/// `1.1× faster to 1.4× slower`.
pub fn change_range(range: Interval) -> String {
    let usable = |end: f64| end.is_finite() && end > 0.0;
    if !usable(range.low) || !usable(range.high) {
        return "no interval".to_owned();
    }
    let end = |ratio: f64| match speedup(ratio) {
        even if even == "no change" => "even".to_owned(),
        told => told,
    };
    let (best, worst) = (end(range.low), end(range.high));
    let both = |word: &str| best.ends_with(word) && worst.ends_with(word);
    match (both("faster"), both("slower")) {
        _ if best == worst => best,
        (true, _) => ordered(&worst, &best),
        (_, true) => ordered(&best, &worst),
        _ if range.low * range.high > 1.0 => format!("{worst} to {best}"),
        _ => format!("{best} to {worst}"),
    }
}

/// `3.1× faster` and `3.8× faster` as one: `3.1–3.8× faster`.
fn ordered(less: &str, more: &str) -> String {
    let less = less.split('×').next().unwrap_or_default();
    format!("{less}–{more}")
}

/// `1 query`, `2 queries`: the plural is given because English has no rule for it.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as f64), if number == 1 { one } else { many })
}

fn time_unit(ms: f64) -> (f64, &'static str) {
    match ms.abs() {
        v if v == 0.0 || v >= 999.5 => (if v == 0.0 { 1.0 } else { 1e-3 }, unit_at(v)),
        v if v >= 0.9995 => (1.0, "ms"),
        v if v >= 0.000_999_5 => (1e3, "µs"),
        _ => (1e6, "ns"),
    }
}

fn unit_at(ms: f64) -> &'static str {
    if ms == 0.0 { "ms" } else { "s" }
}

fn long_duration(ms: f64) -> String {
    let (big, small, names) = if ms.abs() >= HOUR {
        (HOUR, MINUTE, ("h", "min"))
    } else {
        (MINUTE, 1000.0, ("min", "s"))
    };
    let total = (ms / small).round();
    let per = big / small;
    format!("{} {} {} {}", grouped((total / per).trunc()), names.0, (total % per).abs(), names.1)
}

/// Three significant digits, without zeros that say nothing.
fn significant(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    if decimals == 0 {
        return grouped(value.round());
    }
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn is_narrow(range: Interval) -> bool {
    (range.high - range.low).abs() <= NARROW * range.mid().abs()
}

/// An integer with a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value <= -0.5 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_choose_their_unit() {
        let shown: Vec<String> =
            [0.0, 0.0000005, 0.0123, 0.9999, 4.561, 45.0, 999.6, 1234.0, 61_000.0]
                .map(millis)
                .to_vec();
        assert_eq!(
            shown,
            ["0 ms", "0.5 ns", "12.3 µs", "1 ms", "4.56 ms", "45 ms", "1 s", "1.23 s", "1 min 1 s"]
        );
        assert_eq!(millis(3_600_000.0 * 2.5), "2 h 30 min");
        assert_eq!(millis(3_599_900.0), "60 min 0 s");
        assert_eq!(millis(f64::NAN), NOTHING);
    }

    #[test]
    fn a_range_has_one_unit_and_collapses_when_its_ends_look_alike() {
        assert_eq!(millis_range(Interval::new(3.1, 3.8)), "3.1–3.8 ms");
        assert_eq!(millis_range(Interval::new(0.4, 2.0)), "0.4–2 ms");
        assert_eq!(millis_range(Interval::new(900.0, 1500.0)), "0.9–1.5 s");
        assert_eq!(millis_range(Interval::exact(5.0)), "5 ms");
        assert_eq!(millis_range(Interval::new(0.0, f64::INFINITY)), NOTHING);
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(bytes(512.0), "512 bytes");
        assert_eq!(bytes(8192.0), "8 kB");
        assert_eq!(bytes(460_000_000.0), "439 MB");
        assert_eq!(bytes(1_048_575.0), "1 MB");
        assert_eq!(count(0.25), "0.25");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(-1_234.0), "-1,234");
        assert_eq!(count(12_340_000.0), "12.3 million");
        assert_eq!(count(f64::INFINITY), NOTHING);
        assert_eq!(count_range(Interval::new(10.0, 20.0)), "10–20");
    }

    #[test]
    fn factors_and_shares() {
        assert_eq!(factor(3.44), "3.4×");
        assert_eq!(factor(12.4), "12×");
        assert_eq!(factor(1234.0), "1,234×");
        assert_eq!(factor(0.5), "0.50×");
        assert_eq!(percent(0.0004), "<0.1 %");
        assert_eq!(percent(0.0412), "4.1 %");
        assert_eq!(percent(0.611), "61 %");
    }

    #[test]
    fn a_speedup_and_its_interval_point_the_same_way() {
        assert_eq!(speedup(0.25), "4.0× faster");
        assert_eq!(speedup(1.5), "1.5× slower");
        assert_eq!(speedup(0.99), "no change");
        assert_eq!(speedup(0.0), NOTHING);
        assert_eq!(speedup_range(0.25, Interval::new(0.2, 0.5)), "2.0–5.0×");
        assert_eq!(speedup_range(1.5, Interval::new(1.2, 1.8)), "1.2–1.8×");
        assert_eq!(speedup_range(0.5, Interval::new(0.0, f64::INFINITY)), "no interval");
    }

    #[test]
    fn an_interval_has_a_direction_at_either_end() {
        let told = |low, high| change_range(Interval::new(low, high));
        assert_eq!(told(0.25, 0.5), "2.0–4.0× faster");
        assert_eq!(told(1.2, 5.1), "1.2–5.1× slower");
        assert_eq!(told(1.0, 1.7), "1.7× slower to even");
        assert_eq!(told(0.8, 1.1), "1.2× faster to 1.1× slower");
        assert_eq!(told(0.99, 1.01), "even");
        assert_eq!(told(0.5, f64::INFINITY), "no interval");
    }

    #[test]
    fn plurals_are_given() {
        assert_eq!(counted(1, "query", "queries"), "1 query");
        assert_eq!(counted(1200, "query", "queries"), "1,200 queries");
    }
}
