//! How many queries ask for a key: what many ask for leads, so that one index serves them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::access::Access;
use crate::engine::{KeySubject, Service, Table};

/// Queries per table and key.
#[derive(Debug, Default)]
pub struct Popularity {
    queries: BTreeMap<(String, String, KeySubject), BTreeSet<String>>,
    /// Method and operator class of keys for which some query has no other choice.
    needed: BTreeSet<(String, String, KeySubject, String, Option<String>)>,
}

impl Popularity {
    pub fn count(&mut self, query: &str, access: &Access<'_>) {
        self.need(access);
        let restricted = access.restrictions.iter().map(|restriction| &restriction.subject);
        for subject in restricted.chain(access.joins.iter().flatten()) {
            let key = entry(access.table, subject);
            self.queries.entry(key).or_default().insert(query.to_owned());
        }
    }

    fn need(&mut self, access: &Access<'_>) {
        for restriction in &access.restrictions {
            if let [only] = restriction.services.as_slice() {
                let (schema, table, subject) = entry(access.table, &restriction.subject);
                let (method, class) = (only.method.clone(), only.operator_class.clone());
                self.needed.insert((schema, table, subject, method, class));
            }
        }
    }

    /// Some query can use nothing but this service of the key.
    pub fn is_needed(&self, table: &Table, subject: &KeySubject, service: &Service) -> bool {
        let (schema, table, subject) = entry(table, subject);
        let (method, class) = (service.method.clone(), service.operator_class.clone());
        self.needed.contains(&(schema, table, subject, method, class))
    }

    /// Sorts keys that all pin single values: asked for most first, then most distinct, then by name. Behind them those of
    /// a handful of values, whoever asks for them: an index that begins with one of those serves nobody who asks for less.
    pub fn sort(&self, table: &Table, keys: &mut [KeySubject]) {
        let known_to_be_few = |key: &KeySubject| (1.0..=FEW_VALUES).contains(&distinct(table, key));
        keys.sort_by(|a, b| {
            let asked = |key| match known_to_be_few(key) {
                true => 0,
                false => 1 + self.queries.get(&entry(table, key)).map_or(0, BTreeSet::len),
            };
            asked(b)
                .cmp(&asked(a))
                .then(distinct(table, b).total_cmp(&distinct(table, a)))
                .then(a.cmp(b))
        });
    }
}

/// Values of a column that tell rows apart so little that no index is worth beginning with it.
const FEW_VALUES: f64 = 4.0;

fn entry(table: &Table, subject: &KeySubject) -> (String, String, KeySubject) {
    (table.schema.clone(), table.name.clone(), subject.clone())
}

fn distinct(table: &Table, subject: &KeySubject) -> f64 {
    match subject {
        KeySubject::Column(name) => table.column(name).and_then(|c| c.distinct).unwrap_or(0.0),
        KeySubject::Expression(_) => 0.0,
    }
}
