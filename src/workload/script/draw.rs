//! Random numbers of a benchmark's script: `\set id random(1, 1000 * :scale)`.

use super::variables::Variables;

/// Values that stand for a whole range: the plan may differ between its ends.
const DRAWN: i64 = 5;

/// Values spread over the range that `expression` draws from; none where it cannot be told. `None` when nothing is drawn.
pub fn drawn(expression: &str, variables: &Variables) -> Option<Vec<String>> {
    let expression = expression.trim();
    let start = expression.find("random")?;
    let call = expression.get(start..)?;
    let open = call.find('(')?;
    let letters = call.get("random".len()..open)?;
    if !letters.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()) {
        return None;
    }
    let whole = start == 0 && call.ends_with(')');
    let inner = call.get(open + 1..call.rfind(')')?)?;
    let bounds = || {
        let parts = top_level_parts(inner);
        Some((number(parts.first()?, variables)?, number(parts.get(1)?, variables)?))
    };
    Some(match bounds().filter(|_| whole) {
        Some((low, high)) => spread(low, high),
        None => Vec::new(),
    })
}

/// From the middle of each of equal parts of `low..=high`.
pub fn spread(low: i64, high: i64) -> Vec<String> {
    let width = i128::from(high) - i128::from(low);
    if width < 0 {
        return Vec::new();
    }
    let middle = |part: i64| {
        let offset = width * (2 * i128::from(part) + 1) / (2 * i128::from(DRAWN));
        (i128::from(low) + offset).to_string()
    };
    let mut values: Vec<String> = (0..DRAWN).map(middle).collect();
    values.dedup();
    values
}

fn top_level_parts(text: &str) -> Vec<&str> {
    let mut depth = 0i32;
    text.split(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .collect()
}

/// Products and sums of numbers and variables. A scale that nobody set is 1.
pub fn number(text: &str, variables: &Variables) -> Option<i64> {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    if let Some(inner) = inner.filter(|inner| !inner.contains(['(', ')'])) {
        return number(inner, variables);
    }
    if let Some((left, right)) = text.rsplit_once('+') {
        return number(left, variables)?.checked_add(number(right, variables)?);
    }
    if let Some((left, right)) = text.rsplit_once('-').filter(|(left, _)| !left.trim().is_empty()) {
        return number(left, variables)?.checked_sub(number(right, variables)?);
    }
    if let Some((left, right)) = text.rsplit_once('*') {
        return number(left, variables)?.checked_mul(number(right, variables)?);
    }
    match text.strip_prefix(':') {
        Some("scale") => Some(variables.text("scale").and_then(|t| t.parse().ok()).unwrap_or(1)),
        Some(name) => variables.text(name)?.trim().parse().ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_spread_over_its_parts() {
        let mut variables = Variables::default();
        assert_eq!(drawn("random(1, 11)", &variables).unwrap(), ["2", "4", "6", "8", "10"]);
        assert_eq!(drawn("random(5, 5)", &variables).unwrap(), ["5"]);
        assert_eq!(
            drawn("random_gaussian(1, 100 * :scale, 2.5)", &variables).unwrap().last().unwrap(),
            "90"
        );
        assert!(drawn("random(1, :rows) * 7", &variables).unwrap().is_empty());
        assert!(drawn("random(1, :unknown)", &variables).unwrap().is_empty());
        assert_eq!(drawn("4711", &variables), None);
        variables.set("scale 3");
        assert_eq!(number("10 * :scale - 1", &variables), Some(29));
    }
}
