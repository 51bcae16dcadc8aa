//! Days, times of day, and when business is done.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::Date;

/// Seconds of UTC since the chain's books begin, at the start of 2024. Prints as `2024-01-01 00:00:00+00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

/// Days since the books begin; prints as `2024-01-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;
/// Two years, one of them a leap year.
pub const DAYS: i64 = 731;
/// The books end here: nothing in the data is later.
pub const NOW: Moment = Moment(DAYS * DAY);

/// The calendar reaches this far back, for birthdays.
const FIRST: Date = jiff::civil::date(1935, 1, 1);
const BOOKS_BEGIN: Date = jiff::civil::date(2024, 1, 1);

/// Every date that occurs, printed once: printing dates would otherwise be half of the work.
static PRINTED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let days = FIRST.series(jiff::Span::new().days(1));
    days.take_while(|day| day.year() < 2028).map(|day| day.to_string()).collect()
});

static FIRST_TO_BOOKS: LazyLock<i64> =
    LazyLock::new(|| BOOKS_BEGIN.duration_since(FIRST).as_hours() / 24);

impl Moment {
    pub fn plus(self, seconds: i64) -> Moment {
        Moment(self.0 + seconds)
    }

    pub fn day(self) -> Day {
        Day(self.0.div_euclid(DAY))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = (self.0 + *FIRST_TO_BOOKS).clamp(0, PRINTED.len() as i64 - 1);
        f.write_str(&PRINTED[index as usize])
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.rem_euclid(DAY);
        let (hour, minute) = (second / HOUR, second / 60 % 60);
        write!(f, "{} {hour:02}:{minute:02}:{:02}+00", self.day(), second % 60)
    }
}

/// Spreads rows over a span of time as customers come: more in the evening, more at the weekend, more every month.
pub struct Clock {
    begin: i64,
    cumulative: Vec<f64>,
}

/// Relative business in each hour of the day.
const HOURS: [f64; 24] = [
    2.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 6.0, 6.0, 7.0, 9.0, 12.0,
    15.0, 16.0, 14.0, 10.0, 6.0, 4.0,
];

/// Relative business on each day from Monday, which the first of January 2024 was.
const WEEKDAYS: [f64; 7] = [0.7, 0.7, 0.8, 0.9, 1.4, 1.6, 1.2];

/// Business at the end of two years, relative to their beginning.
const GROWTH: f64 = 1.6;

impl Clock {
    /// Over the last `days` of the books.
    pub fn over_last(days: i64) -> Self {
        let begin = DAYS - days;
        let hours = (begin * 24)..(DAYS * 24);
        let cumulative = hours.scan(0.0, |sum, hour| {
            *sum += busyness(hour);
            Some(*sum)
        });
        Clock { begin: begin * DAY, cumulative: cumulative.collect() }
    }

    /// When the `row`-th of `rows` happens; later rows are never earlier.
    pub fn at(&self, row: u64, rows: u64) -> Moment {
        let total = self.cumulative[self.cumulative.len() - 1];
        let point = (row as f64 + 0.5) / rows as f64 * total;
        let hour =
            self.cumulative.partition_point(|&sum| sum <= point).min(self.cumulative.len() - 1);
        let before = if hour == 0 { 0.0 } else { self.cumulative[hour - 1] };
        let within = (point - before) / (self.cumulative[hour] - before);
        let second = (within * HOUR as f64) as i64;
        Moment(self.begin + hour as i64 * HOUR + second.clamp(0, HOUR - 1))
    }
}

fn busyness(hour: i64) -> f64 {
    let day = hour / 24;
    let grown = 1.0 + (GROWTH - 1.0) * day as f64 / DAYS as f64;
    HOURS[(hour % 24) as usize] * WEEKDAYS[(day % 7) as usize] * grown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_as_timestamps() {
        assert_eq!(Moment(0).to_string(), "2024-01-01 00:00:00+00");
        assert_eq!(Moment(59 * DAY + 13 * HOUR + 62).to_string(), "2024-02-29 13:01:02+00");
        assert_eq!(NOW.to_string(), "2026-01-01 00:00:00+00");
        assert_eq!(Day(-1).to_string(), "2023-12-31");
    }

    #[test]
    fn time_never_runs_backwards_and_stays_in_the_books() {
        let clock = Clock::over_last(180);
        let times: Vec<Moment> = (0..5_000).map(|row| clock.at(row, 5_000)).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(times[0] >= Moment((DAYS - 180) * DAY) && times[4_999] < NOW);
    }

    #[test]
    fn evenings_are_busier_than_nights() {
        let clock = Clock::over_last(DAYS);
        let hour_of = |row| clock.at(row, 20_000).0 % DAY / HOUR;
        let count = |hour| (0..20_000).filter(|&row| hour_of(row) == hour).count();
        assert!(count(19) > 10 * count(3), "{} {}", count(19), count(3));
    }
}
