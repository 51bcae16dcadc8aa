//! Who is credited with what: each millisecond once, and never more than the query took.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::decide::{Measured, users};
use crate::advise::{Advice, IndexAdvice, Outcome};
use crate::compare::QueryComparison;
use crate::rule::GainClass;
use crate::run::Run;
use crate::stats::Interval;

/// What a query takes less with a change than without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Saving {
    pub query: String,
    /// Milliseconds an execution.
    pub saved_ms: Interval,
    /// An execution, weighted: savings are put in order by this.
    pub weighted_ms: f64,
}

/// Of the comparison alone: beside the database as it was.
pub fn savings(advice: &Advice, change: Change, measured: &Measured<'_>) -> Vec<Saving> {
    let Change::Index(i) = change else { return Vec::new() };
    let users = users(measured.after, &advice.indexes[i].names());
    let compared = users.iter().filter_map(|query| measured.comparison(&query.id));
    let helped = compared.filter(|compared| measured.gain(compared).is_some());
    let mut savings: Vec<Saving> =
        helped.filter_map(|c| saving(c, Interval::new(1.0, 1.0), measured.before)).collect();
    order(&mut savings);
    savings
}

/// What a query takes by the clock in the run before: no saving is longer.
pub fn clocked_ms(run: &Run, query: &str) -> f64 {
    let latency = run.query(query).and_then(|query| query.latency.as_ref());
    latency.map_or(f64::INFINITY, |latency| latency.p50_ms.max(latency.mean_ms))
}

/// Beside another plan that takes `without` of the time before; within what it takes without, and took in the run `before`.
pub fn saving(compared: &QueryComparison, without: Interval, run: &Run) -> Option<Saving> {
    let before = compared.before.as_ref()?.typical_ms()[1].min(clocked_ms(run, &compared.query));
    let with = compared.ratio_interval?;
    let most = before * without.high.min(1.0);
    let within = |ratio: f64| (before * ratio).clamp(0.0, most);
    let saved_ms = Interval::new(within(without.low - with.high), within(without.high - with.low));
    let middle = (saved_ms.low + saved_ms.high) / 2.0;
    let weighted_ms = compared.weight * middle;
    Some(Saving { query: compared.query.clone(), saved_ms, weighted_ms })
}

pub fn order(savings: &mut [Saving]) {
    savings.sort_by(|a, b| b.weighted_ms.total_cmp(&a.weighted_ms).then(a.query.cmp(&b.query)));
}

/// Writes what became of a kept change into the advice: its measured saving, and the queries it serves.
pub fn record_kept(advice: &mut Advice, change: Change, ratio: f64, measured: &Measured<'_>) {
    let savings = savings(advice, change, measured);
    record_savings(advice, change, ratio, &savings, measured);
}

/// As [`record_kept`], by what leaving the change out has shown.
pub fn record_savings(
    advice: &mut Advice,
    change: Change,
    ratio: f64,
    savings: &[Saving],
    measured: &Measured<'_>,
) {
    change.set_outcome(advice, Outcome::Kept { ratio });
    let Change::Index(i) = change else { return };
    let users = users(measured.after, &advice.indexes[i].names());
    let compared = users.iter().filter_map(|query| measured.comparison(&query.id));
    let helped = compared.filter(|compared| measured.gain(compared).is_some());
    let mut queries: Vec<String> = savings.iter().map(|saving| saving.query.clone()).collect();
    for compared in helped {
        if !queries.contains(&compared.query) {
            queries.push(compared.query.clone());
        }
    }
    let index = &mut advice.indexes[i];
    index.queries = queries;
    index.saved_ms = savings.first().map(|saving| saving.saved_ms);
    index.class = GainClass::Measured;
    let built = measured.after.catalog.tables.iter().flat_map(|table| &table.indexes);
    index.size_bytes =
        built.into_iter().find(|b| b.name == index.name).map(|b| b.bytes).or(index.size_bytes);
}

/// Where several indexes are needed for what a query saves, one of them has it: the one that saves most of all. The
/// others say with which they belong together. `savings` are those of kept indexes, by position.
pub fn claim_once(advice: &mut Advice, savings: &BTreeMap<usize, Vec<Saving>>) {
    let total = |i: usize| savings[&i].iter().map(|saving| saving.weighted_ms).sum::<f64>();
    let mut order: Vec<usize> = savings.keys().copied().collect();
    order.sort_by(|a, b| total(*b).total_cmp(&total(*a)).then(a.cmp(b)));
    let mut claimed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut claims: Vec<(usize, Result<&Saving, BTreeSet<usize>>)> = Vec::new();
    for i in order {
        let free = savings[&i].iter().find(|saving| !claimed.contains_key(saving.query.as_str()));
        let owners = savings[&i].iter().filter_map(|saving| claimed.get(saving.query.as_str()));
        let claim = free.ok_or_else(|| owners.copied().collect());
        // Whatever else it saves is its own as well.
        for saving in &savings[&i] {
            claimed.entry(&saving.query).or_insert(i);
        }
        claims.push((i, claim));
    }
    let names: Vec<String> = advice.indexes.iter().map(|index| index.name.clone()).collect();
    for (i, claim) in claims {
        let index: &mut IndexAdvice = &mut advice.indexes[i];
        match claim {
            Ok(saving) => {
                index.saved_ms = Some(saving.saved_ms);
                index.queries.retain(|query| *query != saving.query);
                index.queries.insert(0, saving.query.clone());
            }
            Err(owners) if owners.is_empty() => {}
            Err(owners) => {
                let owners: Vec<&str> = owners.iter().map(|i| names[*i].as_str()).collect();
                index.saved_ms = None;
                index.why.push_str(&format!(
                    ". What it saves takes {} as well, and is counted there",
                    owners.join(", ")
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saves(query: &str, ms: f64) -> Saving {
        let saved_ms = Interval::new(ms - 1.0, ms + 1.0);
        Saving { query: query.to_owned(), saved_ms, weighted_ms: ms }
    }

    #[test]
    fn what_two_indexes_save_together_is_claimed_by_one() {
        let index = |name: &str| IndexAdvice { name: name.to_owned(), ..IndexAdvice::default() };
        let indexes = vec![index("a"), index("b"), index("c")];
        let mut advice = Advice { indexes, ..Advice::default() };
        let savings = BTreeMap::from([
            (0, vec![saves("joined", 100.0)]),
            (1, vec![saves("joined", 100.0), saves("own", 10.0)]),
            (2, vec![saves("joined", 90.0), saves("other", 5.0)]),
        ]);
        claim_once(&mut advice, &savings);
        let [a, b, c] = advice.indexes.as_slice() else { panic!() };
        assert_eq!(a.saved_ms, None);
        assert!(a.why.contains("takes b as well"), "{}", a.why);
        assert_eq!((b.saved_ms.unwrap().low, b.queries[0].as_str()), (99.0, "joined"));
        assert_eq!((c.saved_ms.unwrap().low, c.queries[0].as_str()), (4.0, "other"));
    }
}
