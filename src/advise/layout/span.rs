//! Time between the first and the last row, and the parts to cut it into.

use jiff::ToSpan as _;
use jiff::civil::Date;

/// As many parts as are worth it, and no more than a planner takes easily.
const FEWEST: usize = 12;
const MOST: usize = 120;

/// Bounds of parts from the first day to one part beyond the last, as `YYYY-MM-DD`: months, years, weeks or days. `None`
/// where no such step gives a sensible number.
pub fn bounds(first: &str, last: &str) -> Option<Vec<String>> {
    let (first, last): (Date, Date) = (first.parse().ok()?, last.parse().ok()?);
    if last < first {
        return None;
    }
    let month = Date::new(first.year(), first.month(), 1).ok()?;
    let year = Date::new(first.year(), 1, 1).ok()?;
    let monday =
        first.checked_sub(i64::from(first.weekday().to_monday_zero_offset()).days()).ok()?;
    let steps = [(month, 1.month()), (year, 1.year()), (monday, 1.week()), (first, 1.day())];
    steps.into_iter().find_map(|(start, step)| {
        let mut bounds = vec![start];
        while *bounds.last()? <= last && bounds.len() <= MOST + 1 {
            bounds.push(bounds.last()?.checked_add(step).ok()?);
        }
        let parts = bounds.len() - 1;
        (FEWEST..=MOST)
            .contains(&parts)
            .then(|| bounds.into_iter().map(|day| day.to_string()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_fits_the_time() {
        let of =
            |first, last| bounds(first, last).map(|b| (b.len() - 1, b[0].clone(), b[1].clone()));
        let text = |days: usize, a: &str, b: &str| Some((days, a.to_owned(), b.to_owned()));
        assert_eq!(of("2022-03-05", "2024-02-29"), text(24, "2022-03-01", "2022-04-01"));
        assert_eq!(of("1990-03-05", "2020-02-29"), text(31, "1990-01-01", "1991-01-01"));
        assert_eq!(of("2024-01-03", "2024-04-20"), text(16, "2024-01-01", "2024-01-08"));
        assert_eq!(of("2024-01-03", "2024-01-20"), text(18, "2024-01-03", "2024-01-04"));
        assert_eq!(of("2024-01-03", "2024-01-05"), None);
        assert_eq!(of("2024-01-03", "2023-01-05"), None);
        assert_eq!(of("0001-01-01", "9999-12-31"), None);
    }
}
