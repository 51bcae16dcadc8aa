//! How rules write numbers. Plain functions, so that messages read the same everywhere.

use minijinja::{Environment, Value, filters, tests as conditions};

/// Only what cannot make a long text out of a short one: no padding, repeating or replacing.
pub fn register(environment: &mut Environment<'static>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("int", filters::int);
    environment.add_filter("float", filters::float);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("round", filters::round);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", conditions::is_defined);
    environment.add_test("none", conditions::is_none);
    environment.add_test("number", conditions::is_number);
    environment.add_test("string", conditions::is_string);
    environment.add_test("in", conditions::is_in);
    environment.add_filter("count", count);
    environment.add_filter("ms", milliseconds);
    environment.add_filter("duration", duration);
    environment.add_filter("percent", percent);
    environment.add_filter("times", times);
    environment.add_filter("size", size);
    environment.add_filter("memory_setting", memory_setting);
    environment.add_filter("counted", counted);
    environment.add_filter("listed", listed);
    environment.add_filter("clip", clip);
}

/// Digits in groups of three: `12,345`. Fractions are rounded away, except below ten.
fn count(value: f64) -> String {
    if value != 0.0 && value.abs() < 10.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

/// Three significant figures: `0.42 ms`, `12.3 ms`, `4.56 s`.
fn milliseconds(value: f64) -> String {
    match value {
        v if v >= 10_000.0 => format!("{:.1} s", v / 1000.0),
        v if v >= 1_000.0 => format!("{:.2} s", v / 1000.0),
        v if v >= 100.0 => format!("{v:.0} ms"),
        v if v >= 10.0 => format!("{v:.1} ms"),
        v => format!("{v:.2} ms"),
    }
}

/// Seconds as people say them: `45 s`, `12 min`, `3.5 h`, `9 days`.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// A share of 1 as `42%`; small ones with a decimal.
fn percent(share: f64) -> String {
    let value = share * 100.0;
    match value {
        v if v > 99.0 && v < 100.0 => format!("{:.1}%", (v * 10.0).floor() / 10.0),
        v if v > 0.0 && v < 1.0 => format!("{v:.1}%"),
        v => format!("{v:.0}%"),
    }
}

/// A number with its noun: `1 query`, `2,000 queries`.
fn counted(value: f64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1.0 { one } else { many })
}

/// A ratio, rounded as people say it: `72`, `1,200`, `3.4`.
fn times(value: f64) -> String {
    if value >= 1000.0 {
        let step = 10f64.powi(value.log10().floor() as i32 - 1);
        return count((value / step).round() * step);
    }
    count(if value >= 10.0 { value.round() } else { value })
}

/// Bytes in units of 1024.
fn size(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 10.0 && value.fract() >= 0.05);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// Bytes as settings spell them, rounded up to whole megabytes: `64MB`.
fn memory_setting(bytes: f64) -> String {
    let megabytes = (bytes / 1_048_576.0).ceil().max(1.0);
    // Nobody writes 18080MB.
    let megabytes =
        if megabytes >= 4096.0 { (megabytes / 1024.0).ceil() * 1024.0 } else { megabytes };
    if megabytes >= 1024.0 && megabytes % 1024.0 == 0.0 {
        return format!("{:.0}GB", megabytes / 1024.0);
    }
    format!("{megabytes:.0}MB")
}

/// `a, b and 3 more`: at most three names.
fn listed(values: Vec<Value>) -> String {
    let mut names: Vec<String> = values.iter().take(3).map(Value::to_string).collect();
    if values.len() > 3 {
        names.push(format!("{} more", values.len() - 3));
    }
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// Text of a statement, cut to fit into a sentence.
fn clip(text: String) -> String {
    const LONGEST: usize = 48;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= LONGEST {
        return flat;
    }
    flat.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(0.25), "0.2");
        assert_eq!(count(999.6), "1,000");
        assert_eq!(milliseconds(0.421), "0.42 ms");
        assert_eq!(milliseconds(4_560.0), "4.56 s");
        assert_eq!(percent(0.9999), "99.9%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(times(1234.0), "1,200");
        assert_eq!(counted(1.0, "query", "queries"), "1 query");
        assert_eq!(counted(0.0, "query", "queries"), "0 queries");
        assert_eq!(size(8192.0), "8 kB");
        assert_eq!(size(1_610_612_736.0), "1.5 GB");
    }

    #[test]
    fn memory_settings_are_rounded_up_so_that_they_suffice() {
        assert_eq!(memory_setting(1.0), "1MB");
        assert_eq!(memory_setting(64.5 * 1_048_576.0), "65MB");
        assert_eq!(memory_setting(2.0 * 1_073_741_824.0), "2GB");
        assert_eq!(memory_setting(18080.0 * 1_048_576.0), "18GB");
        assert_eq!(memory_setting(365.0 * 1_048_576.0), "365MB");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clip("é".repeat(60)).chars().count(), 48);
        assert_eq!(clip("a\n  b".into()), "a b");
    }
}
