//! A query over many nights, with the places where it changed.

use crate::history::Series;
use crate::stats::{ChangePoint, Levels, change_points};

#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub series: Series,
    pub changes: Vec<ChangePoint>,
}

impl Trend {
    pub fn of(series: Series) -> Trend {
        let changes = change_points(&series.medians_ms(), &Levels::default());
        Trend { series, changes }
    }

    /// `1.5× slower since 2026-11-20 (a1b2c3d4e5f6)`, for each change.
    pub fn sentences(&self) -> Vec<String> {
        self.changes.iter().filter_map(|change| self.sentence(change)).collect()
    }

    fn sentence(&self, change: &ChangePoint) -> Option<String> {
        let first = self.series.observations.get(change.at)?;
        let words = super::format::speedup(change.after / change.before);
        let (before, after) =
            (super::format::millis(change.before), super::format::millis(change.after));
        let commit = first.commit.as_ref().map(|c| c.chars().take(12).collect::<String>());
        let origin = match commit.filter(|commit| *commit != first.name) {
            Some(commit) => format!("{}, commit {commit}", first.name),
            None => first.name.clone(),
        };
        let when = first.started.strftime("%Y-%m-%d");
        Some(format!("{words} since {when} ({origin}): {before} → {after}"))
    }
}
