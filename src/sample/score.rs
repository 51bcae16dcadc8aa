//! How much of what was planted has been found, and how much was found that is not there.

use std::collections::BTreeSet;
use std::fmt;

use crate::advise::{Advice, DropAdvice, IndexAdvice, Outcome};
use crate::rule::{Finding, Severity};
use crate::workload::{ExpectedFault, FaultFinder, Workload};

/// Findings and advice held against a workload's planted faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Ids of faults, in the workload's order.
    pub found: Vec<String>,
    pub missed: Vec<String>,
    /// A sentence each. One of these is a false alarm:
    /// a finding of severity high on a query without a planted fault;
    /// an advised index all of whose queries are without one;
    /// an advised drop of an index that no fault names.
    /// Advice that was measured and taken back does not count, neither as found nor as an alarm.
    pub false_alarms: Vec<String>,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, planted) = (self.found.len(), self.found.len() + self.missed.len());
        let alarms = self.false_alarms.len();
        write!(f, "planted faults: found {found} of {planted}, false alarms {alarms}")
    }
}

pub fn score(workload: &Workload, findings: &[Finding], advice: &Advice) -> Score {
    let (found, missed): (Vec<_>, Vec<_>) =
        workload.faults.iter().partition(|fault| is_found(fault, findings, advice));
    let ids = |faults: Vec<&ExpectedFault>| faults.iter().map(|fault| fault.id.clone()).collect();
    Score {
        found: ids(found),
        missed: ids(missed),
        false_alarms: false_alarms(workload, findings, advice),
    }
}

fn is_found(fault: &ExpectedFault, findings: &[Finding], advice: &Advice) -> bool {
    fault.found_by.iter().any(|finder| match finder {
        FaultFinder::Rule { rule } => {
            findings.iter().any(|finding| finding.rule == *rule && concerns(finding, fault))
        }
        FaultFinder::Index { index, keys, method, predicate } => {
            let wanted = Wanted { table: index, keys, method, predicate };
            let advised = advice.indexes.iter().filter(|index| stands(&index.outcome));
            let mut own = advised.filter(|index| is_for(index, fault));
            own.any(|index| wanted.is_met_by(index))
        }
        FaultFinder::Drop { drop } => {
            advice.drops.iter().any(|advised| advised.index == *drop && stands(&advised.outcome))
        }
    })
}

fn concerns(finding: &Finding, fault: &ExpectedFault) -> bool {
    match &fault.query {
        Some(query) => finding.query.as_ref() == Some(query) || finding.queries.contains(query),
        None => true,
    }
}

fn is_for(index: &IndexAdvice, fault: &ExpectedFault) -> bool {
    fault.query.as_ref().is_none_or(|query| index.queries.contains(query))
}

fn stands(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Proposed | Outcome::Unproven | Outcome::Kept { .. })
}

struct Wanted<'a> {
    table: &'a str,
    keys: &'a [String],
    method: &'a Option<String>,
    predicate: &'a Option<String>,
}

impl Wanted<'_> {
    fn is_met_by(&self, index: &IndexAdvice) -> bool {
        let leads = self.keys.len() <= index.columns.len()
            && self.keys.iter().zip(&index.columns).all(|(key, column)| bare(key) == bare(column));
        let method = self.method.as_deref().unwrap_or("btree");
        let restricted = match (self.predicate, &index.predicate) {
            (Some(wanted), Some(predicate)) => predicate.contains(wanted.as_str()),
            (wanted, _) => wanted.is_none(),
        };
        index.table == self.table && leads && index.method == method && restricted
    }
}

/// A key without what does not change what it indexes: direction, operator class, types of
/// constants, parentheses, spaces and quotes.
fn bare(key: &str) -> String {
    let words: Vec<&str> = key.split_whitespace().take_while(|word| !is_modifier(word)).collect();
    let mut bare = String::new();
    for (position, part) in words.concat().split("::").enumerate() {
        let rest = if position == 0 { part } else { after_type(part) };
        bare.extend(rest.chars().filter(|c| !"()\"`".contains(*c)));
    }
    bare.to_lowercase()
}

fn is_modifier(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(word.as_str(), "asc" | "desc" | "nulls") || word.ends_with("_ops")
}

fn after_type(part: &str) -> &str {
    part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
}

fn false_alarms(workload: &Workload, findings: &[Finding], advice: &Advice) -> Vec<String> {
    let sick: BTreeSet<&str> =
        workload.faults.iter().filter_map(|fault| fault.query.as_deref()).collect();
    let loud = findings.iter().filter(|finding| finding.severity == Severity::High);
    let loud = loud.filter_map(|finding| {
        let query = finding.query.as_deref().filter(|query| !sick.contains(query))?;
        Some(format!("{} on {query}: {}", finding.rule, finding.title))
    });
    let indexes = advice.indexes.iter().filter(|index| stands(&index.outcome));
    let indexes = indexes.filter(|index| index.queries.iter().all(|q| !sick.contains(q.as_str())));
    let indexes = indexes.map(|index| format!("{} for {}", index.name, index.queries.join(", ")));
    let drops = advice.drops.iter().filter(|drop| stands(&drop.outcome));
    let drops = drops.filter(|drop| !is_planted(workload, drop));
    let drops = drops.map(|drop| format!("drop of {}: {}", drop.index, drop.why));
    loud.chain(indexes).chain(drops).collect()
}

fn is_planted(workload: &Workload, advised: &DropAdvice) -> bool {
    let finders = workload.faults.iter().flat_map(|fault| &fault.found_by);
    let mut drops = finders.filter_map(|finder| match finder {
        FaultFinder::Drop { drop } => Some(drop),
        _ => None,
    });
    drops.any(|drop| *drop == advised.index)
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
