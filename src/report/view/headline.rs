//! The verdict in one sentence.

use serde::Serialize;

use super::unexplained;
use crate::advise::{Advice, Outcome, Shortfall, ShortfallKind};
use crate::compare::Comparison;
use crate::report::{Document, format};
use crate::rule::Finding;
use crate::run::{Run, Status};

/// Decides the colour of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Good,
    Neutral,
    Attention,
    Bad,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    pub tone: Tone,
    pub sentence: String,
    /// A second sentence with the numbers behind the first.
    pub detail: Option<String>,
}

impl Headline {
    pub fn of(document: &Document) -> Headline {
        if measured(&document.run) == 0 && planned(&document.run) == 0 {
            return nothing_measured(&document.run);
        }
        let headline = match &document.comparison {
            Some(comparison) => compared(comparison, &document.advice),
            None => judged(document),
        };
        fallen_short(headline, &document.advice.shortfalls)
    }
}

/// What was asked for and not done comes before all that was.
fn fallen_short(headline: Headline, shortfalls: &[Shortfall]) -> Headline {
    let Some(gravest) = shortfalls.iter().max_by_key(|shortfall| shortfall.kind) else {
        return headline;
    };
    let (tone, word) = match gravest.kind {
        ShortfallKind::NotLookedFor => (Tone::Attention, "No index was looked for"),
        ShortfallKind::SearchCutShort => (Tone::Attention, "The search for indexes was cut short"),
        ShortfallKind::NothingTried => (Tone::Attention, "Nothing was tried"),
        ShortfallKind::NotProven => (Tone::Attention, "Nothing is proven yet"),
        ShortfallKind::NotApplied if gravest.message.starts_with(NOTHING_APPLIED) => {
            (Tone::Bad, NOTHING_APPLIED)
        }
        ShortfallKind::NotApplied => (Tone::Bad, "Not all was applied"),
        ShortfallKind::LeftBehind => (Tone::Bad, "LEFT BEHIND on the database"),
    };
    let told = shortfalls.iter().map(|shortfall| match shortfall.statements.as_slice() {
        [] => format!("{}.", shortfall.message.trim_end_matches('.')),
        statements => format!("{}. Run: {}", shortfall.message, statements.join(" ")),
    });
    let detail: Vec<String> = told.chain(headline.detail).collect();
    // Where nobody looked, that nothing was found says nothing.
    let unseen =
        matches!(gravest.kind, ShortfallKind::NotLookedFor | ShortfallKind::SearchCutShort);
    let sentence = match unseen && headline.sentence == NOTHING {
        true => word.to_owned(),
        false => format!("{word}. {}", headline.sentence),
    };
    Headline { tone, sentence, detail: Some(detail.join(" ")) }
}

const NOTHING: &str = "Nothing worth changing";
/// Of plans alone, that would be more than is known.
const NOTHING_IN_ESTIMATES: &str = "Nothing found in the estimates";
const NOTHING_APPLIED: &str = "Nothing was applied";

fn measured(run: &Run) -> usize {
    run.queries.iter().filter(|q| q.status == Status::Measured).count()
}

/// Queries of which nothing but the plan was asked for.
fn planned(run: &Run) -> usize {
    run.queries.iter().filter(|q| q.status == Status::Planned).count()
}

fn nothing_measured(run: &Run) -> Headline {
    Headline {
        tone: Tone::Bad,
        sentence: "No query could be measured".to_owned(),
        detail: Some(format!(
            "{} in the workload; the reason stands beside each.",
            format::counted(run.queries.len(), "query", "queries")
        )),
    }
}

fn compared(comparison: &Comparison, advice: &Advice) -> Headline {
    let (tried, kept) = changes(advice);
    let unproven = unproven(advice);
    let detail = Some(workload_times(comparison) + &unproven);
    let Some((ratio, range)) = comparison.workload_ratio.zip(comparison.workload_ratio_interval)
    else {
        let sentence = "Before and after could not be compared".to_owned();
        return Headline { tone: Tone::Attention, sentence, detail };
    };
    let interval = format::speedup_range(ratio, range);
    let after = match kept {
        0 => String::new(),
        n => format!(" after {}", format::counted(n, "change", "changes")),
    };
    let sentence = |words: String| format!("Workload {words} ({interval}){after}");
    if kept == 0 && tried > 0 && unproven.is_empty() {
        let tried = format::counted(tried, "change was", "changes were");
        let sentence = format!("Nothing worth keeping: {tried} tried and none helped");
        return Headline { tone: Tone::Neutral, sentence, detail };
    }
    let (tone, sentence) = match (range.high < 1.0, range.low > 1.0) {
        (true, _) => (Tone::Good, sentence(format::speedup(ratio))),
        (_, true) => (Tone::Bad, sentence(format::speedup(ratio))),
        _ => (Tone::Neutral, no_clear_difference(ratio, range, &after)),
    };
    Headline { tone, sentence, detail }
}

fn no_clear_difference(ratio: f64, range: crate::stats::Interval, after: &str) -> String {
    let bounded = range.low.is_finite() && range.high.is_finite();
    let figures = match bounded {
        true => format!("{} (95 %: {})", format::speedup(ratio), format::change_range(range)),
        false => "too few executions for an interval".to_owned(),
    };
    format!("No clear difference{after}: {figures}")
}

fn workload_times(comparison: &Comparison) -> String {
    let mut text = format!(
        "Weighted time of one pass: {} before, {} after.",
        format::millis(comparison.workload_before_ms),
        format::millis(comparison.workload_after_ms)
    );
    if let (Some(before), Some(after)) =
        (comparison.storage_before_bytes, comparison.storage_after_bytes)
    {
        let (before, after) = (format::bytes(before as f64), format::bytes(after as f64));
        text.push_str(&format!(" Indexes take {before} before, {after} after."));
    }
    text
}

/// What the time was too short for.
fn unproven(advice: &Advice) -> String {
    let indexes = advice.indexes.iter().map(|a| &a.outcome);
    let outcomes = indexes.chain(advice.drops.iter().map(|a| &a.outcome));
    let outcomes = outcomes.chain(advice.statistics.iter().map(|a| &a.outcome));
    match outcomes.filter(|outcome| **outcome == Outcome::Unproven).count() {
        0 => String::new(),
        open => format!(
            " Not yet proven: {}, for which the time was too short; tune --resume goes on.",
            format::counted(open, "change", "changes")
        ),
    }
}

/// Changes tried and changes kept.
fn changes(advice: &Advice) -> (usize, usize) {
    let outcomes: Vec<&Outcome> = (advice.indexes.iter().map(|a| &a.outcome))
        .chain(advice.drops.iter().map(|a| &a.outcome))
        .chain(advice.settings.iter().map(|a| &a.outcome))
        .chain(advice.statistics.iter().map(|a| &a.outcome))
        .collect();
    let kept = outcomes.iter().filter(|o| matches!(o, Outcome::Kept { .. })).count();
    let tried = outcomes.iter().filter(|o| ***o != Outcome::Proposed).count();
    // What was in force while the figures were measured is counted, whatever is known of its share.
    let of = |proposed: bool| {
        let in_force = advice.settings.iter().filter(|setting| setting.in_force);
        in_force.filter(|s| !proposed || s.outcome == Outcome::Proposed).count()
    };
    (tried + of(true), kept + of(false))
}

fn judged(document: &Document) -> Headline {
    let run = &document.run;
    let seen = measured(run) + planned(run);
    let queries = format::counted(seen, "query", "queries");
    let shown = document.findings.iter().filter(|f| !f.minor).count();
    if shown == 0 && document.advice.is_empty() {
        if let Some(headline) = without_remedy(document) {
            return headline;
        }
        let rest = rest(run.queries.len() - seen);
        return match planned(run) {
            0 => Headline {
                tone: Tone::Good,
                sentence: NOTHING.to_owned(),
                detail: Some(format!(
                    "{queries} measured, and no rule found a cause to act.{rest}"
                )),
            },
            _ => Headline {
                tone: Tone::Neutral,
                sentence: NOTHING_IN_ESTIMATES.to_owned(),
                detail: Some(format!(
                    "{queries} planned, none executed: rules that need times could not look; planwise run measures.{rest}"
                )),
            },
        };
    }
    let findings = format::counted(shown, "finding", "findings");
    let statements = statements(&document.advice);
    let sentence = match (shown, statements) {
        (0, _) => format!("{} proposed", format::counted(statements, "change", "changes")),
        (_, 0) => format!("{findings} in {queries}"),
        _ => format!(
            "{findings} in {queries}; {} proposed",
            format::counted(statements, "change", "changes")
        ),
    };
    Headline { tone: Tone::Attention, sentence, detail: heaviest(run) }
}

/// Time passes in one place of a query, and nothing was found there: that is not "nothing".
fn without_remedy(document: &Document) -> Option<Headline> {
    let open = document.run.queries.iter().filter_map(|query| {
        let plan = &query.plans.first()?.plan;
        let measurements = document.measurements.get(&query.id)?;
        let about = |finding: &&Finding| finding.query.as_ref() == Some(&query.id);
        let findings: Vec<&Finding> = document.findings.iter().filter(about).collect();
        Some((query, unexplained(plan, measurements, &findings)?))
    });
    let (query, heaviest) =
        open.max_by(|(a, _), (b, _)| a.weighted_ms().total_cmp(&b.weighted_ms()))?;
    Some(Headline {
        tone: Tone::Neutral,
        sentence: "No rule knows a remedy for where the time goes".to_owned(),
        detail: Some(format!("Query {}: {}", query.id, heaviest.sentence())),
    })
}

/// "Nothing" holds only for what was seen.
fn rest(unseen: usize) -> String {
    match unseen {
        0 => String::new(),
        n => {
            let queries = format::counted(n, "query has", "queries have");
            format!(" {queries} no numbers; the reason stands beside each.")
        }
    }
}

fn statements(advice: &Advice) -> usize {
    advice.indexes.len()
        + advice.drops.len()
        + advice.settings.len()
        + advice.statistics.len()
        + advice.layout.len()
}

fn heaviest(run: &Run) -> Option<String> {
    let total: f64 = run.queries.iter().map(|q| q.weighted_ms()).sum();
    let heaviest = run.queries.iter().max_by(|a, b| a.weighted_ms().total_cmp(&b.weighted_ms()))?;
    (total > 0.0).then(|| {
        format!(
            "Query {} takes {} of the workload's time.",
            heaviest.id,
            format::percent(heaviest.weighted_ms() / total)
        )
    })
}
