//! Which findings are shown, and in what order: one per cause, never two against each other.

use std::collections::BTreeMap;

use super::assemble::{Found, is_modelled};
use super::load::RuleSet;
use super::{Finding, Severity};

/// Findings that stay unfolded for one query, and for the whole workload.
const PER_QUERY: usize = 3;
const PER_WORKLOAD: usize = 10;

pub fn select(mut found: Vec<Found>, rules: &RuleSet) -> Vec<Finding> {
    found.sort_by(|a, b| b.finding.score.total_cmp(&a.finding.score));
    let superseded: Vec<bool> =
        found.iter().map(|low| found.iter().any(|high| supersedes(high, low, rules))).collect();
    let yields: Vec<bool> =
        found.iter().map(|weak| found.iter().any(|other| outweighs(other, weak, rules))).collect();
    let mut kept: Vec<Found> = Vec::new();
    for ((candidate, superseded), yields) in found.into_iter().zip(superseded).zip(yields) {
        if !superseded && !yields && !kept.iter().any(|better| rules_out(better, &candidate, rules))
        {
            kept.push(candidate);
        }
    }
    let mut findings: Vec<Finding> = kept.into_iter().map(|found| found.finding).collect();
    fold(&mut findings);
    findings
}

/// `high` explains what `low` reports: its rule says so, and they meet in one place.
fn supersedes(high: &Found, low: &Found, rules: &RuleSet) -> bool {
    let rule = rules.rule(&high.finding.rule);
    let declared = rule.is_some_and(|rule| rule.definition.supersedes.contains(&low.finding.rule));
    declared && meet(high, low)
}

/// `weak` is only worth saying where nothing else is, and `other` is something.
fn outweighs(other: &Found, weak: &Found, rules: &RuleSet) -> bool {
    let last_resort = |found: &Found| {
        rules.rule(&found.finding.rule).is_some_and(|rule| rule.definition.last_resort)
    };
    let same_subject = weak.finding.query.is_none()
        && weak.finding.subject.is_some()
        && weak.finding.subject == other.finding.subject;
    last_resort(weak)
        && !last_resort(other)
        && other.finding.severity > Severity::Info
        && other.finding.score >= weak.finding.score
        && (same_subject || meet(other, weak))
}

fn meet(a: &Found, b: &Found) -> bool {
    if a.finding.query != b.finding.query {
        return false;
    }
    let nested = match (a.reach, b.reach) {
        (Some(a), Some(b)) => (a.0 <= b.0 && b.1 <= a.1) || (b.0 <= a.0 && a.1 <= b.1),
        // A finding about the query as a whole meets every node of it.
        _ => a.finding.query.is_some(),
    };
    let same_plan = a.finding.plan == b.finding.plan;
    let same_subject = a.finding.subject.is_some() && a.finding.subject == b.finding.subject;
    same_subject || (nested && same_plan)
}

/// A better finding leaves no room for `candidate`.
fn rules_out(better: &Found, candidate: &Found, rules: &RuleSet) -> bool {
    is_repetition(&better.finding, &candidate.finding)
        || is_same_site(&better.finding, &candidate.finding)
        || contradicts(better, candidate)
        || conflicts(better, candidate, rules)
}

/// The same rule on the same thing: another parameter set, another branch of a UNION.
fn is_repetition(a: &Finding, b: &Finding) -> bool {
    let same = a.rule == b.rule && a.query == b.query && a.subject == b.subject;
    same && (a.query.is_some() || a.columns == b.columns)
}

/// Two ways to save the same node's time are one cause. What has no modelled time (a wrong
/// estimate, say) is another matter.
fn is_same_site(a: &Finding, b: &Finding) -> bool {
    let same_node = a.node.is_some() && a.node == b.node && a.plan == b.plan && a.query == b.query;
    same_node && is_modelled(&a.gain) && is_modelled(&b.gain)
}

/// They would move one setting in opposite directions.
fn contradicts(a: &Found, b: &Found) -> bool {
    a.moves.iter().any(|(name, way)| b.moves.iter().any(|(other, to)| name == other && way != to))
}

fn conflicts(a: &Found, b: &Found, rules: &RuleSet) -> bool {
    let names = |one: &Found, other: &Found| {
        rules
            .rule(&one.finding.rule)
            .is_some_and(|rule| rule.definition.conflicts_with.contains(&other.finding.rule))
    };
    meet(a, b) && (names(a, b) || names(b, a))
}

/// Marks as minor what comes after the third finding of a query, the tenth of all, and what is
/// only good to know.
pub fn fold(findings: &mut [Finding]) {
    let mut shown = 0;
    let mut per_query: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for finding in findings {
        let of_query = per_query.entry(finding.query.clone()).or_default();
        let query_full = finding.query.is_some() && *of_query >= PER_QUERY;
        finding.minor = finding.severity == Severity::Info || query_full || shown >= PER_WORKLOAD;
        if !finding.minor {
            *of_query += 1;
            shown += 1;
        }
    }
}
