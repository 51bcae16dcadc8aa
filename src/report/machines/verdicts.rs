//! What every output for machines tells: how each query stands, in one sentence.

use crate::compare::{Comparison, Gate, Level, QueryComparison, Verdict};
use crate::report::verdict_words::change;
use crate::report::{Document, format};
use crate::run::Run;

/// How a query, or the whole, stands at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Fine,
    /// Worth a look; the gate lets it pass.
    Warned,
    /// Nothing can be said.
    Open,
    /// Slower, failing, or answering differently.
    Failed,
}

/// One query and what there is to say of it.
#[derive(Debug, Clone)]
pub struct Told<'d> {
    pub query: &'d QueryComparison,
    pub standing: Standing,
    /// Text of the server and the workload is in it: hostile wherever it is shown.
    pub sentence: String,
    /// Line in the workload's file, from 1.
    pub line: usize,
}

/// A comparison and what the gate made of it.
#[derive(Debug, Clone, Copy)]
pub struct Verdicts<'d> {
    pub comparison: &'d Comparison,
    pub gate: &'d Gate,
    /// The later run.
    pub run: &'d Run,
}

impl<'d> Verdicts<'d> {
    /// `None` for a document that compares nothing.
    pub fn of(document: &'d Document, gate: &'d Gate) -> Option<Self> {
        let comparison = document.comparison.as_ref()?;
        Some(Verdicts { comparison, gate, run: document.after.as_ref().unwrap_or(&document.run) })
    }

    /// Gravest first, then the heaviest.
    pub fn told(&self) -> Vec<Told<'d>> {
        let lines: std::collections::HashMap<&str, usize> =
            self.run.queries.iter().map(|query| (query.id.as_str(), query.line)).collect();
        let tell = |query: &'d QueryComparison| Told {
            query,
            standing: match standing(query) {
                Standing::Failed if self.refused() => Standing::Open,
                standing => standing,
            },
            sentence: sentence(query),
            line: lines.get(query.query.as_str()).copied().unwrap_or(1),
        };
        let mut told: Vec<Told<'d>> = self.comparison.queries.iter().map(tell).collect();
        let weight = |told: &Told<'_>| told.query.impact.unwrap_or(0.0).abs();
        told.sort_by(|a, b| {
            (b.standing as u8).cmp(&(a.standing as u8)).then(weight(b).total_cmp(&weight(a)))
        });
        told
    }

    /// `failed: 2 queries got slower`, for a title.
    pub fn headline(&self) -> String {
        let slower = self.told().iter().filter(|told| told.standing == Standing::Failed).count();
        match self.gate {
            Gate::Passed => "Nothing got slower".to_owned(),
            Gate::Failed(_) if slower > 0 => {
                let queries = format::counted(slower, "query", "queries");
                format!("{queries} got slower or went wrong")
            }
            Gate::Failed(_) => "The workload got slower, or changed".to_owned(),
            Gate::Undecided(_) => {
                "No verdict: it cannot be told whether anything got slower".to_owned()
            }
        }
    }

    /// Why the gate did not pass; sentences.
    pub fn reasons(&self) -> &'d [String] {
        match self.gate {
            Gate::Passed => &[],
            Gate::Failed(reasons) | Gate::Undecided(reasons) => reasons,
        }
    }

    /// The gate refused, because one run differs from itself: no difference of times means anything.
    pub fn refused(&self) -> bool {
        let unsteady = self.comparison.self_check.as_ref().is_some_and(|check| !check.passed);
        unsteady && matches!(self.gate, Gate::Undecided(_))
    }
}

fn standing(query: &QueryComparison) -> Standing {
    let gravest = query.signals.iter().map(|signal| signal.level).max();
    match (query.verdict, gravest) {
        (_, Some(Level::Error)) | (Verdict::Regressed, _) => Standing::Failed,
        (Verdict::Inconclusive | Verdict::Failed, _) => Standing::Open,
        (_, Some(Level::Warning)) => Standing::Warned,
        _ => Standing::Fine,
    }
}

/// What happened, then why.
fn sentence(query: &QueryComparison) -> String {
    let median = |side: &Option<crate::compare::Side>| {
        side.as_ref()
            .map_or(format::NOTHING.to_owned(), |side| format::millis(side.typical_ms()[1]))
    };
    let times = format!("median {} → {}", median(&query.before), median(&query.after));
    let what = match (query.verdict, query.ratio) {
        (Verdict::Regressed | Verdict::Improved, Some(ratio)) => {
            let interval = query.ratio_interval.map(|range| format::speedup_range(ratio, range));
            let interval = interval.map_or(String::new(), |range| format!(" ({range})"));
            format!("{}{interval}, {times}", format::speedup(ratio))
        }
        (Verdict::Failed, _) => "not measured on both sides".to_owned(),
        _ => format!("{}, {times}", change(query)),
    };
    let open = matches!(query.verdict, Verdict::Inconclusive | Verdict::Failed);
    let note = query.note.iter().filter(|_| open).cloned();
    let signals = query.signals.iter().map(|signal| signal.message.clone());
    std::iter::once(what).chain(note).chain(signals).collect::<Vec<_>>().join("; ")
}
