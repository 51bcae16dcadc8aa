//! What the value of an option may be: one parser for each unit, so that `5` means the same everywhere.

use std::ops::RangeInclusive;
use std::time::Duration;

/// `500MB`, `1.5GB`; units are powers of 1024.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: f64 =
        match text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase().as_str() {
            "B" => 1.0,
            "KB" => f64::from(1 << 10),
            "MB" => f64::from(1 << 20),
            "GB" => f64::from(1 << 30),
            "TB" => f64::from(1 << 20) * f64::from(1 << 20),
            _ => return Err("write a number and its unit: 500MB, 10GB, 1TB".to_owned()),
        };
    match digits.trim().parse::<f64>() {
        Ok(number) if (0.0..1e9).contains(&number) => Ok((number * factor) as u64),
        _ => Err(format!("{digits:?} is not a number; write it as 500MB, 10GB, 1TB")),
    }
}

/// A time in seconds, or with its unit: `30`, `0.5`, `90s`, `10m`, `1h`.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let number = text.trim_end_matches(['s', 'm', 'h']);
    let factor = match text.get(number.len()..).unwrap_or_default() {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => f64::NAN,
    };
    let parsed = number.trim().parse::<f64>().map_or(f64::NAN, |number| number * factor);
    if parsed.is_nan() {
        return Err(format!("{text:?} is no time; write seconds, or 10m, or 1h"));
    }
    if !(0.001..=86_400.0 * 7.0).contains(&parsed) {
        return Err("must lie between 0.001 and 604800 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(parsed))
}

/// A share of 0 to 100 per cent, as 0 to 1: `5` and `5%` are the same.
pub fn percent(text: &str) -> Result<f64, String> {
    per_cent(text, 100.0)
}

/// As [`percent`], for what may become several times as much: up to 10,000 per cent.
pub fn overhead(text: &str) -> Result<f64, String> {
    per_cent(text, 10_000.0)
}

/// A bare 0.05 may be meant as 5 % or as 0.05 %, and the two differ a hundredfold: it is asked about.
fn per_cent(text: &str, most: f64) -> Result<f64, String> {
    let (number, marked) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (text.trim(), false),
    };
    let wrong = || format!("{text:?} is no number of per cent; write it as 5 or 5%");
    let value: f64 = number.parse().map_err(|_| wrong())?;
    if !value.is_finite() || value < 0.0 {
        return Err(wrong());
    }
    if !marked && value > 0.0 && value < 1.0 {
        let share = value * 100.0;
        return Err(format!(
            "{text} may be {share}% or {text}%: write the one that is meant, with its sign"
        ));
    }
    match value <= most {
        true => Ok(value / 100.0),
        false => Err(format!("must lie between 0 and {most} per cent")),
    }
}

/// Milliseconds, none included.
pub fn milliseconds(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix("ms").unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err(format!("{text:?} is no number of milliseconds; write it as 0.5 or 20")),
    }
}

/// A whole number within `range`.
pub fn whole(
    range: RangeInclusive<u32>,
) -> impl Fn(&str) -> Result<u32, String> + Clone + Send + Sync + 'static {
    move |text| {
        let (least, most) = (*range.start(), *range.end());
        match text.trim().parse::<u64>() {
            Ok(number) if (u64::from(least)..=u64::from(most)).contains(&number) => {
                Ok(number as u32)
            }
            _ => Err(format!("write a whole number from {least} to {most}")),
        }
    }
}

/// `NAME=VALUE`.
pub fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write it as NAME=VALUE, e.g. work_mem=64MB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_need_their_unit() {
        assert_eq!(bytes("500MB"), Ok(500 << 20));
        assert_eq!(bytes("1.5gb"), Ok(3 << 29));
        for wrong in ["10", "GB", "-1GB", "tenGB", "1e400GB", "5XB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_bounded() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(seconds("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(seconds("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(seconds("1h"), Ok(Duration::from_secs(3600)));
        for wrong in ["0", "-1", "nan", "inf", "1e9", "soon", "", "5ms", "s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn per_cent_means_per_cent_with_and_without_its_sign() {
        for five in ["5", "5%", " 5 % ", "5.0"] {
            assert_eq!(percent(five), Ok(0.05), "{five}");
            assert_eq!(overhead(five), Ok(0.05), "{five}");
        }
        assert_eq!(percent("0"), Ok(0.0));
        assert_eq!(percent("0.5%"), Ok(0.005));
        assert_eq!(overhead("300%"), Ok(3.0));
        for wrong in ["-1", "101", "five", "nan", "inf", "", "%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
        assert!(overhead("10001").is_err());
    }

    #[test]
    fn a_bare_fraction_is_asked_about() {
        let said = percent("0.05").unwrap_err();
        assert!(said.contains("5%") && said.contains("0.05%"), "{said}");
    }

    #[test]
    fn whole_numbers_say_their_range() {
        let rounds = whole(1..=100);
        assert_eq!(rounds("7"), Ok(7));
        for wrong in ["0", "-3", "101", "lots", "1.5", ""] {
            assert_eq!(rounds(wrong), Err("write a whole number from 1 to 100".to_owned()));
        }
    }

    #[test]
    fn milliseconds_may_be_none() {
        assert_eq!(milliseconds("0"), Ok(0.0));
        assert_eq!(milliseconds("20ms"), Ok(20.0));
        assert!(milliseconds("-1").is_err() && milliseconds("nan").is_err());
    }

    #[test]
    fn settings_are_pairs() {
        assert_eq!(setting("work_mem = 64MB"), Ok(("work_mem".to_owned(), "64MB".to_owned())));
        assert!(setting("work_mem").is_err());
        assert!(setting("=4").is_err());
    }
}
