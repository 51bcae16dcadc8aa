//! How many queries ask for a key: what many ask for leads, so that one index serves them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::access::Access;
use crate::engine::{KeySubject, Table};

/// Queries per table and key.
#[derive(Debug, Default)]
pub struct Popularity {
    queries: BTreeMap<(String, String, KeySubject), BTreeSet<String>>,
}

impl Popularity {
    pub fn count(&mut self, query: &str, access: &Access<'_>) {
        let restricted = access.restrictions.iter().map(|restriction| &restriction.subject);
        for subject in restricted.chain(access.joins.iter().flatten()) {
            let key = entry(access.table, subject);
            self.queries.entry(key).or_default().insert(query.to_owned());
        }
    }

    /// Sorts keys that all pin single values: asked for most first, then most distinct, then by name.
    pub fn sort(&self, table: &Table, keys: &mut [KeySubject]) {
        keys.sort_by(|a, b| {
            let asked = |key| self.queries.get(&entry(table, key)).map_or(0, BTreeSet::len);
            asked(b)
                .cmp(&asked(a))
                .then(distinct(table, b).total_cmp(&distinct(table, a)))
                .then(a.cmp(b))
        });
    }
}

fn entry(table: &Table, subject: &KeySubject) -> (String, String, KeySubject) {
    (table.schema.clone(), table.name.clone(), subject.clone())
}

fn distinct(table: &Table, subject: &KeySubject) -> f64 {
    match subject {
        KeySubject::Column(name) => table.column(name).and_then(|c| c.distinct).unwrap_or(0.0),
        KeySubject::Expression(_) => 0.0,
    }
}
