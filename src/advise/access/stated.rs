//! Accesses from what a statement says of its tables, for engines whose plans do not say it.

use std::collections::BTreeMap;

use crate::engine::{Catalog, KeySubject, Reading, Table};
use crate::plan::{Node, NodeKind, Plan};
use crate::run::QueryRun;
use crate::serving::Between;
use crate::sql::{ColumnRef, Operand, Predicate, PredicateKind};

use super::constancy::Constancy;
use super::order::{order_key, readable_backwards};
use super::restriction::{restriction, subject_of};
use super::types::{Access, Grammar, OrderKey, Restriction};

/// One for each of `readings` whose table the catalog knows; the plan adds what the planner makes of it.
pub fn accesses<'a>(
    query: &QueryRun,
    plan: &Plan,
    readings: Vec<Reading>,
    catalog: &'a Catalog,
    (grammar, constancy): (Grammar<'_>, &Constancy),
) -> Vec<Access<'a>> {
    let nodes = plan.walk();
    let found = readings.into_iter().filter_map(|reading| {
        let table = catalog.table(Some(&reading.schema), &reading.table)?;
        let scan = nodes.iter().map(|(node, _)| *node).find(|node| scans(node, &reading));
        let stated = Stated { query, reading: &reading, table, grammar, constancy };
        let own = stated.predicates();
        Some(Access {
            table,
            alias: reading.alias.clone(),
            restrictions: stated.restrictions(&own),
            alternatives: stated.alternatives(),
            joins: stated.joins(&own),
            orders: stated.orders(),
            needed: reading.needed.clone(),
            compared: None,
            states: Vec::new(),
            filtered: Default::default(),
            whole_table: scan.is_some_and(|node| node.kind == NodeKind::SeqScan),
            kept: scan.and_then(|node| Some(node.plan_rows? / table.rows.max(1.0))),
        })
    });
    found.collect()
}

fn scans(node: &Node, reading: &Reading) -> bool {
    node.kind != NodeKind::Modify && node.alias.as_deref() == Some(&reading.alias)
}

struct Stated<'s, 'a> {
    query: &'s QueryRun,
    reading: &'s Reading,
    table: &'a Table,
    grammar: Grammar<'s>,
    constancy: &'s Constancy,
}

impl Stated<'_, '_> {
    fn predicates(&self) -> Vec<Predicate> {
        let texts = self.reading.conditions.iter();
        texts.flat_map(|text| self.grammar.dialect.predicates(text)).collect()
    }

    /// Every column of the statement stands behind its alias: one without is nobody's.
    fn is_own(&self, column: &ColumnRef) -> bool {
        column.qualifier.as_deref() == Some(&self.reading.alias)
    }

    fn bound(&self, predicate: &Predicate) -> Option<Restriction> {
        let own = predicate.column.as_ref().is_none_or(|column| self.is_own(column));
        let fixed = self.constancy.is_fixed(self.query, predicate);
        let alias = &self.reading.alias;
        own.then(|| restriction(predicate, alias, self.table, fixed, self.grammar)).flatten()
    }

    fn restrictions(&self, own: &[Predicate]) -> Vec<Restriction> {
        let here: Vec<Predicate> = own
            .iter()
            .filter(|predicate| predicate.column.as_ref().is_some_and(|c| self.is_own(c)))
            .cloned()
            .collect();
        let between = Between::of(&here);
        let is_between = |p: &Predicate| between.as_ref().is_some_and(|between| between.has(p));
        let mut found: BTreeMap<String, Restriction> = BTreeMap::new();
        for predicate in own.iter().filter(|predicate| !is_between(predicate)) {
            if let Some(bound) = self.bound(predicate) {
                found.entry(predicate.text.clone()).or_insert(bound);
            }
        }
        found.into_values().collect()
    }

    /// ORs in which each arm can be served by an index of this table.
    fn alternatives(&self) -> Vec<Vec<Vec<Restriction>>> {
        let texts = self.reading.conditions.iter();
        let ors = texts.flat_map(|text| self.grammar.dialect.alternatives(text));
        let bound = ors.map(|arms| {
            let arm = |predicates: Vec<Predicate>| -> Vec<Restriction> {
                predicates.iter().filter_map(|predicate| self.bound(predicate)).collect()
            };
            arms.into_iter().map(arm).collect::<Vec<_>>()
        });
        bound.filter(|arms| arms.iter().all(|arm| !arm.is_empty())).collect()
    }

    /// Join keys, grouped by the relation on the other side.
    fn joins(&self, own: &[Predicate]) -> Vec<Vec<KeySubject>> {
        let mut by_other: BTreeMap<String, Vec<KeySubject>> = BTreeMap::new();
        for predicate in own {
            if let Some((key, other)) = self.join_key(predicate) {
                let keys = by_other.entry(other).or_default();
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        let sorted = |mut keys: Vec<KeySubject>| {
            keys.sort();
            keys
        };
        by_other.into_values().map(sorted).collect()
    }

    fn join_key(&self, predicate: &Predicate) -> Option<(KeySubject, String)> {
        let Operand::Column(right) = &predicate.operand else { return None };
        let left = predicate.column.as_ref()?;
        if predicate.kind != PredicateKind::Equality {
            return None;
        }
        let name = |column: &ColumnRef| column.qualifier.clone().unwrap_or_default();
        match (self.is_own(left), self.is_own(right)) {
            (true, false) => {
                let alias = &self.reading.alias;
                let key = subject_of(predicate, alias, self.table, self.grammar)?;
                Some((key, name(right)))
            }
            (false, true) => {
                let known = self.table.column(&right.name)?;
                Some((KeySubject::Column(known.name.clone()), name(left)))
            }
            _ => None,
        }
    }

    fn orders(&self) -> Vec<Vec<OrderKey>> {
        let mut found: Vec<Vec<OrderKey>> = Vec::new();
        for order in &self.reading.orders {
            let alias = &self.reading.alias;
            let keys = order
                .iter()
                .map_while(|text| order_key(text, alias, self.table, self.grammar))
                .collect();
            let order = readable_backwards(keys);
            if !order.is_empty() && !found.contains(&order) {
                found.push(order);
            }
        }
        found
    }
}
