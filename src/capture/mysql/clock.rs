//! Times of these logs.

use crate::capture::prefix::{civil_microseconds, timestamp};

/// `2024-03-04T10:11:12.123456Z` is exact; `240304 10:11:12` (or `240304  1:02:03`) is the server's local time.
/// Microseconds, whether it is exact, and how long it is.
pub fn time(text: &[u8]) -> Option<(i64, bool, usize)> {
    if let Some((time, length)) = timestamp(text) {
        return Some((time, text.get(10) == Some(&b'T'), length));
    }
    let date = text.get(..6).filter(|date| date.iter().all(u8::is_ascii_digit))?;
    let number = |digits: &[u8]| {
        let digits = digits.trim_ascii_start();
        std::str::from_utf8(digits).ok()?.parse::<i64>().ok()
    };
    let clock = text.get(7..15)?;
    if text.get(6) != Some(&b' ') || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) =
        (number(&clock[..2])?, number(&clock[3..5])?, number(&clock[6..])?);
    let (year, month, day) =
        (2000 + number(&date[..2])?, number(&date[2..4])?, number(&date[4..])?);
    let mut length = 15;
    let mut time = civil_microseconds(year, month, day, hour, minute, second)?;
    if text.get(15) == Some(&b'.') {
        let digits = text[16..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        time += fraction(&text[16..16 + digits]);
        length += 1 + digits;
    }
    Some((time, false, length))
}

/// Microseconds of the digits behind a point.
fn fraction(digits: &[u8]) -> i64 {
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

/// `12.345678` seconds as nanoseconds.
pub fn seconds(text: &[u8]) -> Option<u64> {
    let whole = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let seconds: u64 = std::str::from_utf8(&text[..whole]).ok()?.parse().ok()?;
    let mut ns = seconds.checked_mul(1_000_000_000)?;
    if text.get(whole) == Some(&b'.') {
        let mut unit = 100_000_000;
        for digit in text[whole + 1..].iter().take_while(|byte| byte.is_ascii_digit()) {
            ns += u64::from(digit - b'0') * unit;
            unit /= 10;
        }
    }
    Some(ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_times_are_read() {
        assert_eq!(time(b"240304 10:11:12"), Some((1_709_547_072_000_000, false, 15)));
        assert_eq!(time(b"240304  1:02:03\t"), Some((1_709_514_123_000_000, false, 15)));
        assert_eq!(time(b"2024-03-04T10:11:12.5Z"), Some((1_709_547_072_500_000, true, 22)));
        assert_eq!(time(b"24"), None);
        assert_eq!(seconds(b"1.000123 x"), Some(1_000_123_000));
        assert_eq!(seconds(b"x"), None);
    }
}
