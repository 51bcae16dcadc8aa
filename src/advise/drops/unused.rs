//! Indexes that neither this workload nor the server's own counters have seen in use.

use std::collections::BTreeSet;

use crate::advise::IndexAdvice;
use crate::engine::{Index, Table};
use crate::run::Run;
use crate::serving::{Serving, leads_an_index};

use super::collect::{Drop, may_go};

/// Smaller ones cost too little to be worth a change.
const LEAST_BYTES: u64 = 1024 * 1024;

/// Nothing is said where neither the workload nor the server's counters can know of other users, nor
/// when a query has no plan: it might be the one that needs the index.
pub fn unused<'a>(
    run: &Run,
    tables: &[&'a Table],
    proposed: &[IndexAdvice],
    standing: &[&str],
    serving: &Serving<'_>,
) -> Vec<Drop<'a>> {
    if run.interrupted
        || !run.knows_idleness()
        || run.queries.iter().any(|query| query.plans.is_empty())
    {
        return Vec::new();
    }
    let used = used_indexes(run);
    let mut drops = Vec::new();
    for table in tables {
        for index in table.indexes.iter().filter(|index| may_go(index) && index.valid) {
            let kept =
                standing.contains(&index.name.as_str()) || serves_a_check(serving, table, index);
            // Where nobody counts, a workload that is all there is knows as much.
            let counted = index.scans.map_or(run.workload.complete, |scans| scans == 0);
            let idle = counted && !used.contains(index.name.as_str());
            if idle && !kept && index.bytes >= LEAST_BYTES && !is_proposed(index, proposed) {
                drops.push(Drop { table, index, why: reason(index, run), instead: None });
            }
        }
    }
    drops
}

fn reason(index: &Index, run: &Run) -> String {
    let name = &index.name;
    if run.workload.complete {
        return format!(
            "{name} is used by no query of this workload, which is declared to be complete"
        );
    }
    let since = run.catalog.counted_since.map(|at| at.strftime("%Y-%m-%d").to_string());
    format!(
        "{name} is used by no query of this workload and, since {}, by none on this server. \
         Low confidence: ask its replicas and rarer workloads first",
        since.unwrap_or_default()
    )
}

fn used_indexes(run: &Run) -> BTreeSet<&str> {
    let records = run.queries.iter().flat_map(|query| &query.plans);
    let nodes = records.flat_map(|record| record.plan.walk());
    nodes.filter_map(|(node, _)| node.index.as_deref()).collect()
}

/// Without it, deletes of referenced rows would read the whole table.
fn serves_a_check(serving: &Serving<'_>, table: &Table, index: &Index) -> bool {
    table.foreign_keys.iter().any(|key| {
        let without = Table {
            indexes: table.indexes.iter().filter(|i| i.name != index.name).cloned().collect(),
            ..table.clone()
        };
        leads_an_index(serving, table, key) && !leads_an_index(serving, &without, key)
    })
}

fn is_proposed(index: &Index, proposed: &[IndexAdvice]) -> bool {
    proposed.iter().any(|new| new.name == index.name)
}
