//! Formats of dates, and units of intervals.

/// A format of DATE_FORMAT in the words of to_char; `None` where a part of it has none.
pub fn to_char(format: &str) -> Option<String> {
    let mut out = String::new();
    let mut literal = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            literal.push(c);
            continue;
        }
        let part = match characters.next()? {
            'Y' => "YYYY",
            'y' => "YY",
            'm' => "MM",
            'c' => "FMMM",
            'M' => "FMMonth",
            'b' => "Mon",
            'd' => "DD",
            'e' => "FMDD",
            'j' => "DDD",
            'H' => "HH24",
            'k' => "FMHH24",
            'h' | 'I' => "HH12",
            'l' => "FMHH12",
            'i' => "MI",
            's' | 'S' => "SS",
            'f' => "US",
            'p' => "AM",
            'W' => "FMDay",
            'a' => "Dy",
            'T' => "HH24:MI:SS",
            'v' => "IW",
            'x' => "IYYY",
            '%' => {
                literal.push('%');
                continue;
            }
            _ => return None,
        };
        flush(&mut out, &mut literal);
        out.push_str(part);
    }
    flush(&mut out, &mut literal);
    Some(out)
}

/// Letters between the parts would be taken for parts.
fn flush(out: &mut String, literal: &mut String) {
    match literal.chars().any(|c| c.is_ascii_alphanumeric() || c == '"') {
        true => out.push_str(&format!("\"{}\"", literal.replace('"', "\\\""))),
        false => out.push_str(literal),
    }
    literal.clear();
}

/// `DAY` as a part of an interval: `1 day`, or a whole one to be multiplied.
pub fn unit(name: &str) -> Option<&'static str> {
    Some(match name.to_uppercase().as_str() {
        "MICROSECOND" => "microsecond",
        "SECOND" => "second",
        "MINUTE" => "minute",
        "HOUR" => "hour",
        "DAY" => "day",
        "WEEK" => "week",
        "MONTH" => "month",
        "YEAR" => "year",
        "QUARTER" => "3 month",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_keep_their_literals() {
        assert_eq!(to_char("%Y-%m-%d").as_deref(), Some("YYYY-MM-DD"));
        assert_eq!(to_char("%d of %M").as_deref(), Some("DD\" of \"FMMonth"));
        assert_eq!(to_char("%Y%").as_deref(), None);
        assert_eq!(to_char("%U"), None);
    }
}
