//! Times as logs print them, in microseconds since 1970.

/// Days since 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Howard Hinnant's days_from_civil.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

pub fn civil_microseconds(
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
) -> Option<i64> {
    let plausible = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    plausible.then_some(seconds * 1_000_000)
}

fn two(text: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (text.get(at)?, text.get(at + 1)?);
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// `2024-03-04 10:11:12[.345][ CET]`, with a `T` in the middle too. Returns the time and how long it is. An offset that is
/// not known counts as none.
pub fn timestamp(text: &[u8]) -> Option<(i64, usize)> {
    let year = two(text, 0)? * 100 + two(text, 2)?;
    let separated = text.get(4) == Some(&b'-')
        && text.get(7) == Some(&b'-')
        && matches!(text.get(10), Some(b' ' | b'T'))
        && text.get(13) == Some(&b':')
        && text.get(16) == Some(&b':');
    if !separated {
        return None;
    }
    let (month, day) = (two(text, 5)?, two(text, 8)?);
    let mut time =
        civil_microseconds(year, month, day, two(text, 11)?, two(text, 14)?, two(text, 17)?)?;
    let mut end = 19;
    if matches!(text.get(end), Some(b'.' | b','))
        && text.get(end + 1).is_some_and(u8::is_ascii_digit)
    {
        let mut unit = 100_000;
        end += 1;
        while let Some(digit) = text.get(end).filter(|byte| byte.is_ascii_digit()) {
            time += i64::from(digit - b'0') * unit;
            unit /= 10;
            end += 1;
        }
    }
    let (offset, length) = zone(text.get(end..).unwrap_or_default());
    Some((time - offset * 1_000_000, end + length))
}

/// Seconds east of Greenwich, and how long it is.
fn zone(text: &[u8]) -> (i64, usize) {
    let blank = usize::from(text.first() == Some(&b' '));
    let word = &text[blank..];
    if let Some(sign @ (b'+' | b'-')) = word.first() {
        let Some(hours) = two(word, 1) else { return (0, 0) };
        let colon = usize::from(word.get(3) == Some(&b':'));
        let minutes = two(word, 3 + colon);
        let length = blank + if minutes.is_some() { 5 + colon } else { 3 };
        let seconds = hours * 3600 + minutes.unwrap_or(0) * 60;
        return (if *sign == b'-' { -seconds } else { seconds }, length);
    }
    let length = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = &word[..length];
    if name == b"Z" {
        return (0, blank + 1);
    }
    // A zone's short name has three letters or more, all upper case; other words belong to what follows.
    match length >= 3 && blank == 1 && name.iter().all(u8::is_ascii_uppercase) {
        true => (named(name), blank + length),
        false => (0, 0),
    }
}

fn named(name: &[u8]) -> i64 {
    let hours = match name {
        b"CET" | b"BST" | b"WEST" | b"WAT" | b"MEZ" => 1.0,
        b"CEST" | b"EET" | b"SAST" | b"CAT" | b"MESZ" => 2.0,
        b"EEST" | b"MSK" | b"EAT" | b"TRT" => 3.0,
        b"GST" => 4.0,
        b"PKT" => 5.0,
        b"IST" => 5.5,
        b"WIB" | b"ICT" => 7.0,
        b"HKT" | b"SGT" | b"AWST" | b"PHT" => 8.0,
        b"JST" | b"KST" => 9.0,
        b"ACST" => 9.5,
        b"AEST" => 10.0,
        b"AEDT" => 11.0,
        b"NZST" => 12.0,
        b"NZDT" => 13.0,
        b"EST" | b"CDT" => -5.0,
        b"EDT" => -4.0,
        b"CST" | b"MDT" => -6.0,
        b"MST" | b"PDT" => -7.0,
        b"PST" | b"AKDT" => -8.0,
        b"AKST" => -9.0,
        b"HST" => -10.0,
        b"BRT" | b"ART" => -3.0,
        _ => 0.0,
    };
    (hours * 3600.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_zones() {
        let at = |text: &str| timestamp(text.as_bytes());
        assert_eq!(at("1970-01-02 00:00:00.5 UTC [1]"), Some((86_400_500_000, 25)));
        assert_eq!(at("2024-03-04 10:11:12.345 CET"), at("2024-03-04 09:11:12.345 UTC"));
        assert_eq!(at("2024-03-04 10:11:12 +0530:x"), Some((1_709_527_272_000_000, 25)));
        assert_eq!(at("2024-03-04T10:11:12.000000001Z x").unwrap().1, 30);
        assert_eq!(at("2024-03-04 10:11:12 app"), Some((1_709_547_072_000_000, 19)));
        assert_eq!(at("2024-13-04 10:11:12"), None);
        assert_eq!(at("2024-03-04"), None);
    }
}
