//! Findings once changes were tried: solved or open, with what was measured in place of what was modelled.

use indexmap::IndexMap;

use crate::advise::Outcome;
use crate::compare::{QueryComparison, Verdict};
use crate::engine::Engine;
use crate::report::Document;
use crate::rule::{self, Finding, GainClass, Resolution, RuleSet};
use crate::stats::Interval;
use crate::tune::clocked_ms;

/// Marks each finding whose query was measured with the changes in place. It is solved where the same rule finds it no
/// more; what its query saves is claimed by the first such finding, once.
pub fn resolve(document: &mut Document, rules: &RuleSet, engine: &dyn Engine) {
    let (Some(after), Some(comparison)) = (&document.after, &document.comparison) else { return };
    let judged = rule::judge(after, &document.measurements_after, rules, engine);
    let mut claimed: Vec<String> = Vec::new();
    // Whether what a log's plan showed is gone now, no plan of ours tells; what the application does again and again is in the
    // record, whatever is changed on the server.
    let of_ours = |finding: &&mut Finding| finding.seen_in.is_none() && finding.habit.is_none();
    for finding in document.findings.iter_mut().filter(of_ours) {
        let Some(query) = finding.query.clone() else { continue };
        let Some(compared) = comparison.query(&query).filter(|q| is_told(q)) else { continue };
        let still = judged.findings.iter().any(|other| is_same(finding, other));
        let by = if still { Vec::new() } else { kept_for(&document.advice, &query) };
        let solved = !still && !by.is_empty();
        let clocked = clocked_ms(&document.run, &query);
        let saved_ms = saved(compared, clocked).filter(|_| solved);
        finding.resolution = Some(Resolution { solved, by, saved_ms });
        if solved {
            let first = !claimed.contains(&query);
            finding.promise(saved_ms.filter(|_| first));
            finding.gain.class = GainClass::Measured;
            claimed.push(query);
        }
    }
}

/// Modelled savings end at what the query takes by the clock: models rest on EXPLAIN ANALYZE, which takes longer.
pub fn keep_within_clock(findings: &mut [Finding], clocked_ms: &IndexMap<String, f64>) {
    // A habit's gain is not that of one execution.
    for finding in findings.iter_mut().filter(|finding| finding.habit.is_none()) {
        let most = finding.query.as_ref().and_then(|query| clocked_ms.get(query));
        if let (Some(most), Some(saved)) = (most, finding.gain.saved_ms) {
            finding.promise(Some(Interval::new(saved.low.min(*most), saved.high.min(*most))));
        }
    }
}

/// The query has a verdict with the changes in place.
fn is_told(compared: &QueryComparison) -> bool {
    match compared.verdict {
        Verdict::Failed => compared.after.is_some(),
        Verdict::Inconclusive => compared.blocks > 0,
        _ => true,
    }
}

fn is_same(a: &Finding, b: &Finding) -> bool {
    a.rule == b.rule && a.query == b.query && a.subject == b.subject && a.columns == b.columns
}

/// Kept changes that the query is faster with.
fn kept_for(advice: &crate::advise::Advice, query: &str) -> Vec<String> {
    let is_kept = |outcome: &Outcome| matches!(outcome, Outcome::Kept { .. });
    let indexes = advice.indexes.iter().filter(|index| is_kept(&index.outcome));
    let serving = indexes.filter(|index| {
        index.queries.iter().any(|served| served == query)
            || index.effects.iter().any(|effect| effect.query == query)
    });
    let mut names: Vec<String> = serving.map(|index| index.name.clone()).collect();
    if names.is_empty() {
        let settings = advice.settings.iter().filter(|s| is_kept(&s.outcome) || s.in_force);
        names.extend(settings.map(|setting| setting.name.clone()));
        let statistics = advice.statistics.iter().filter(|s| is_kept(&s.outcome));
        names.extend(statistics.map(|change| change.statement.clone()));
    }
    names
}

fn saved(compared: &QueryComparison, clocked_ms: f64) -> Option<Interval> {
    let before = compared.before.as_ref()?.typical_ms()[1].min(clocked_ms);
    let ratio = compared.ratio_interval?;
    let at = |ratio: f64| (before * (1.0 - ratio)).clamp(0.0, before);
    Some(Interval::new(at(ratio.high), at(ratio.low)))
}

/// Medians by query.
pub fn clocked(run: &crate::run::Run) -> IndexMap<String, f64> {
    let timed = run.queries.iter().filter_map(|query| {
        let latency = query.latency.as_ref()?;
        Some((query.id.clone(), latency.p50_ms))
    });
    timed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(query: &str, saved: Interval) -> Finding {
        let text = format!(
            r#"{{"rule":"r","title":"t","severity":"low","query":"{query}","node":null,"subject":null,"message":"","why":"",
                "fix":"","verify":"","ignore_when":null,"actions":[],"gain":{{"class":"modelled","saved_ms":null,"model":"G1"}},
                "score":0.0,"evidence":"A","minor":false}}"#
        );
        let mut finding: Finding = serde_json::from_str(&text).unwrap();
        finding.gain.saved_ms = Some(saved);
        finding
    }

    #[test]
    fn no_saving_is_longer_than_the_query() {
        let mut findings =
            vec![finding("a", Interval::new(5.0, 54.0)), finding("b", Interval::new(30.0, 40.0))];
        keep_within_clock(&mut findings, &IndexMap::from([("a".to_owned(), 26.0)]));
        assert_eq!(findings[0].gain.saved_ms, Some(Interval::new(5.0, 26.0)));
        assert_eq!(findings[1].gain.saved_ms, Some(Interval::new(30.0, 40.0)), "nothing is known");
    }
}
