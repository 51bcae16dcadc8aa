//! Facts about a habit of the application, as a capture of its sessions tells it.

use super::fact::Fact;
use super::site::HabitSite;

type S<'a> = HabitSite<'a>;

/// Seconds of a day.
pub const DAY_S: f64 = 86_400.0;
/// A shorter capture tells nothing of a day.
const LEAST_SPAN_S: f64 = 60.0;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = seen();
    facts.extend(took());
    facts
}

fn seen<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("query", "query concerned; empty where it is about sessions", |s: &S| {
            Some(s.habit.query.clone().unwrap_or_default())
        }),
        Fact::text("other", "the other query: the one before, the one that follows", |s: &S| {
            Some(s.habit.others.first().cloned().unwrap_or_default())
        }),
        Fact::number("others", "count", "other queries it is about", |s: &S| {
            Some(s.habit.others.len() as f64)
        }),
        Fact::text("statement", "the query without values, shortened", |s: &S| {
            Some(s.habit.statement.clone())
        }),
        Fact::text("other_statement", "the other query without values, shortened", |s: &S| {
            Some(s.habit.other_statement.clone())
        }),
        Fact::text("table", "table the query names first", |s: &S| Some(s.habit.table.clone())),
        Fact::number("occurrences", "count", "how often: series, transactions, pairs", |s: &S| {
            Some(s.habit.occurrences as f64)
        }),
        Fact::number(
            "of_occurrences",
            "count",
            "of so many: all transactions, all sessions",
            |s: &S| Some(s.habit.of_occurrences as f64),
        ),
        Fact::number(
            "occurrences_share",
            "ratio",
            "the one / the other; 0 without any",
            |s: &S| Some(ratio(s.habit.occurrences, s.habit.of_occurrences)),
        ),
        Fact::number("calls", "count", "executions that belong to it", |s: &S| {
            Some(s.habit.calls as f64)
        }),
        Fact::number(
            "of_calls",
            "count",
            "all executions of the query, or of the capture",
            |s: &S| Some(s.habit.of_calls as f64),
        ),
        Fact::number("calls_share", "ratio", "the one / the other", |s: &S| {
            Some(ratio(s.habit.calls, s.habit.of_calls))
        }),
        Fact::number("longest", "count", "executions of the longest occurrence", |s: &S| {
            Some(s.habit.longest as f64)
        }),
        Fact::number("sessions", "count", "sessions that have it", |s: &S| {
            Some(s.habit.sessions as f64)
        }),
        Fact::number(
            "distinct",
            "count",
            "different values, texts, lengths or queries",
            |s: &S| Some(s.habit.distinct as f64),
        ),
        Fact::number("bytes", "bytes", "bytes it wrote", |s: &S| Some(s.habit.bytes as f64)),
        Fact::flag("log_is_whole", "the log seems to hold fast statements too", |s: &S| {
            Some(s.habit.log_is_whole)
        }),
    ]
}

fn took<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("total_ms", "ms", "the server's time for those executions", |s: &S| {
            Some(s.habit.total_ms)
        }),
        Fact::number("mean_ms", "ms", "that time / occurrences", |s: &S| {
            Some(s.habit.total_ms / s.habit.occurrences.max(1) as f64)
        }),
        Fact::number("share", "ratio", "that time / the server's time for the capture", |s: &S| {
            Some(s.share())
        }),
        Fact::number(
            "waited_ms",
            "ms",
            "time in which nothing was asked, or that the habit itself adds",
            |s: &S| Some(s.habit.waited_ms),
        ),
        Fact::number("waited_share", "ratio", "that time / time of the executions", |s: &S| {
            Some(s.habit.waited_ms / s.habit.total_ms.max(f64::MIN_POSITIVE))
                .filter(|r| r.is_finite())
        }),
        Fact::number("waited_mean_ms", "ms", "time waited / occurrences", |s: &S| {
            Some(s.habit.waited_ms / s.habit.occurrences.max(1) as f64)
        }),
        Fact::number("longest_ms", "ms", "the longest occurrence, from begin to end", |s: &S| {
            Some(s.habit.longest_ms)
        }),
        Fact::number("span_s", "s", "from the capture's first statement to its end", |s: &S| {
            Some(s.habit.span_s)
        }),
        Fact::number("a_minute", "count/min", "occurrences a minute of the capture", |s: &S| {
            (s.habit.span_s > 0.0).then(|| s.habit.occurrences as f64 / s.habit.span_s * 60.0)
        }),
    ]
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl HabitSite<'_> {
    /// Its executions' share of the server's time for the capture, 0 to 1.
    pub fn share(&self) -> f64 {
        match self.habit.capture_ms > 0.0 {
            true => (self.habit.total_ms / self.habit.capture_ms).clamp(0.0, 1.0),
            false => 0.0,
        }
    }

    /// Occurrences a day, at the pace of the capture.
    pub fn a_day(&self) -> Option<f64> {
        let span = Some(self.habit.span_s).filter(|span| *span >= LEAST_SPAN_S)?;
        Some(self.habit.occurrences as f64 / span * DAY_S)
    }
}
