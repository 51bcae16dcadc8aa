//! From a plan to its accesses.

use std::collections::BTreeMap;

use crate::engine::{Catalog, KeySubject, Table};
use crate::plan::{Node, NodeKind, Plan};
use crate::run::QueryRun;
use crate::serving::Between;
use crate::sql::{ColumnRef, Operand, Predicate, PredicateKind};

use super::constancy::Constancy;
use super::restriction::{restriction, subject_of};
use super::types::{Access, Grammar, OrderKey, Restriction};
use super::{compared, hashed, needed, order, partitions, stated, states, walked};

/// Every use of a base table in `plan`, one entry per alias.
pub fn accesses<'a>(
    query: &QueryRun,
    plan: &Plan,
    catalog: &'a Catalog,
    grammar: Grammar<'_>,
    constancy: &Constancy,
) -> Vec<Access<'a>> {
    if let Some(readings) = grammar.indexes.readings(&query.sql, catalog) {
        let found = stated::accesses(query, plan, readings, catalog, (grammar, constancy));
        let fixed = |subject: &KeySubject| is_fixed_key(subject, query, constancy, grammar);
        return found.into_iter().map(|access| keyed_by(access, fixed)).collect();
    }
    let nodes = plan.walk();
    let joins: Vec<Predicate> =
        nodes.iter().flat_map(|(node, _)| join_predicates(node, grammar)).collect();
    let found = nodes.iter().filter_map(|(node, path)| {
        let (alias, part) = scanned(node, catalog)?;
        let table = catalog.whole(part);
        let outer = partitions::outer_alias(alias, part, path);
        let scan = Scan { query, node, alias, outer, table, grammar };
        let states = states::Source { query, alias, table, constancy, grammar };
        let access = Access {
            table,
            alias: outer.to_owned(),
            restrictions: scan.restrictions(constancy, path),
            alternatives: scan.alternatives(constancy),
            joins: scan.joins(&joins, hashed::keys(&nodes, &scan.aliases(), table, grammar)),
            orders: scan.orders(path),
            states: states.of(&own_predicates(node, grammar)),
            filtered: walked::filtered(node, table, grammar),
            needed: needed::needed(node, path, &scan.aliases(), table, grammar),
            compared: compared::compared(node, path, &scan.aliases(), table, grammar),
            whole_table: node.kind == NodeKind::SeqScan,
            kept: node.plan_rows.map(|rows| rows * processes(path) / table.rows.max(1.0)),
        };
        let fixed = |subject: &KeySubject| is_fixed_key(subject, query, constancy, grammar);
        Some((partitions::gathered_by(part, path), keyed_by(access, fixed)))
    });
    partitions::fold(found)
}

/// A key holds nothing that a user asked for: an index on it would serve that one value.
fn is_fixed_key(
    subject: &KeySubject,
    query: &QueryRun,
    constancy: &Constancy,
    grammar: Grammar<'_>,
) -> bool {
    let KeySubject::Expression(text) = subject else { return true };
    constancy.is_written(query, text, grammar.dialect)
        && !grammar.dialect.calculates_with_literal(text)
}

/// The access without keys that are not `fixed`; an order ends before the first of them.
fn keyed_by<'a>(mut access: Access<'a>, fixed: impl Fn(&KeySubject) -> bool) -> Access<'a> {
    access.restrictions.retain(|restriction| fixed(&restriction.subject));
    access.joins.iter_mut().for_each(|keys| keys.retain(&fixed));
    access.joins.retain(|keys| !keys.is_empty());
    for order in &mut access.orders {
        let kept = order.iter().take_while(|key| fixed(&key.subject)).count();
        order.truncate(kept);
    }
    access.orders.retain(|order| !order.is_empty());
    let all_fixed = |arm: &Vec<Restriction>| arm.iter().all(|r| fixed(&r.subject));
    access.alternatives.retain(|arms| arms.iter().all(all_fixed));
    access
}

/// Estimates below a gathering node are per process.
fn processes(path: &[&Node]) -> f64 {
    let workers = path.iter().filter_map(|node| node.workers_planned).max().unwrap_or(0) as f64;
    // The leader helps less the more workers it has to serve.
    if workers == 0.0 { 1.0 } else { workers + (1.0 - 0.3 * workers).max(0.0) }
}

/// The alias and table that a scan reads.
fn scanned<'p, 'a>(node: &'p Node, catalog: &'a Catalog) -> Option<(&'p str, &'a Table)> {
    if node.kind == NodeKind::BitmapIndexScan || node.kind == NodeKind::Modify {
        return None;
    }
    let relation = node.relation.as_deref()?;
    let table = catalog.table(node.schema.as_deref(), relation)?;
    Some((node.alias.as_deref().unwrap_or(relation), table))
}

struct Scan<'p, 'a, 'g> {
    query: &'p QueryRun,
    node: &'p Node,
    alias: &'p str,
    /// The name that nodes above use: differs from `alias` for a partition.
    outer: &'p str,
    table: &'a Table,
    grammar: Grammar<'g>,
}

impl<'p> Scan<'p, '_, '_> {
    fn aliases(&self) -> [&'p str; 2] {
        [self.alias, self.outer]
    }

    fn is_own(&self, name: &str) -> bool {
        self.aliases().contains(&name)
    }

    fn restrictions(&self, constancy: &Constancy, path: &[&Node]) -> Vec<Restriction> {
        let mut found: BTreeMap<String, Restriction> = BTreeMap::new();
        let own: Vec<Predicate> = own_predicates(self.node, self.grammar)
            .into_iter()
            .map(|predicate| self.grammar.serving().settled(predicate, Some(self.table)))
            .collect();
        // No ordered index finds these for every value: a rule says what does.
        let between = Between::of(&own);
        let is_between = |p: &Predicate| between.as_ref().is_some_and(|between| between.has(p));
        for predicate in own.into_iter().filter(|predicate| !is_between(predicate)) {
            if let Some(bound) = self.bound(&predicate, constancy) {
                found.entry(predicate.text.clone()).or_insert(bound);
            }
        }
        let distances = order::distances(path, &self.aliases(), self.table, self.grammar);
        found.into_values().chain(distances).collect()
    }

    /// Orders that the plan sorts by, and those it has without sorting.
    fn orders(&self, path: &[&Node]) -> Vec<Vec<OrderKey>> {
        let mut orders = order::orders(path, &self.aliases(), self.table, self.grammar);
        for order in walked::orders(self.node, path, self.table) {
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        orders
    }

    fn bound(&self, predicate: &Predicate, constancy: &Constancy) -> Option<Restriction> {
        let fixed = constancy.is_fixed(self.query, predicate);
        restriction(predicate, self.alias, self.table, fixed, self.grammar)
    }

    /// The ORs of the scan's filter, where every arm can be served by an index.
    fn alternatives(&self, constancy: &Constancy) -> Vec<Vec<Vec<Restriction>>> {
        let texts = own_conditions(self.node).into_iter();
        let ors = texts.flat_map(|text| self.grammar.dialect.alternatives(text));
        let bound = ors.map(|arms| {
            let arm = |predicates: Vec<Predicate>| -> Vec<Restriction> {
                predicates.iter().filter_map(|p| self.bound(p, constancy)).collect()
            };
            arms.into_iter().map(arm).collect::<Vec<_>>()
        });
        bound.filter(|arms| arms.iter().all(|arm| !arm.is_empty())).collect()
    }

    /// Join keys of this alias, grouped by the relation on the other side, and those of hashed subqueries.
    fn joins(
        &self,
        everywhere: &[Predicate],
        hashed: Vec<Vec<KeySubject>>,
    ) -> Vec<Vec<KeySubject>> {
        let own = own_predicates(self.node, self.grammar);
        let mut by_other: BTreeMap<String, Vec<KeySubject>> = BTreeMap::new();
        for predicate in everywhere.iter().chain(&own) {
            if let Some((key, other)) = self.join_key(predicate) {
                let keys = by_other.entry(other).or_default();
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        let mut joins: Vec<Vec<KeySubject>> =
            by_other.into_values().chain(hashed).map(sorted).collect();
        joins.sort();
        joins.dedup();
        joins
    }

    fn join_key(&self, predicate: &Predicate) -> Option<(KeySubject, String)> {
        if predicate.kind != PredicateKind::Equality {
            return None;
        }
        let (left, right) = match &predicate.operand {
            Operand::Column(right) => (predicate.column.as_ref()?, right),
            _ => return None,
        };
        let name = |column: &ColumnRef| column.qualifier.clone().unwrap_or_default();
        if self.is_own(&name(left)) && !self.is_own(&name(right)) {
            let key = subject_of(predicate, &name(left), self.table, self.grammar)?;
            return Some((key, name(right)));
        }
        let mirrored = self.is_own(&name(right)) && !self.is_own(&name(left));
        let known = self.table.column(&right.name)?;
        mirrored.then(|| (KeySubject::Column(known.name.clone()), name(left)))
    }
}

fn sorted(mut keys: Vec<KeySubject>) -> Vec<KeySubject> {
    keys.sort();
    keys
}

fn own_predicates(node: &Node, grammar: Grammar<'_>) -> Vec<Predicate> {
    own_conditions(node).into_iter().flat_map(|text| grammar.dialect.predicates(text)).collect()
}

/// Conditions of the scan itself, with those of the bitmaps it fetches by.
fn own_conditions(node: &Node) -> Vec<&str> {
    let mut texts = vec![&node.filter, &node.index_cond, &node.recheck_cond];
    let mut pending: Vec<&Node> = node.children.iter().collect();
    while let Some(child) = pending.pop() {
        if matches!(child.kind, NodeKind::BitmapIndexScan | NodeKind::BitmapAnd) {
            texts.push(&child.index_cond);
            pending.extend(&child.children);
        }
    }
    texts.into_iter().flatten().map(String::as_str).collect()
}

/// Conditions between relations, wherever the plan evaluates them.
fn join_predicates(node: &Node, grammar: Grammar<'_>) -> Vec<Predicate> {
    let between = [&node.join_cond, &node.join_filter, &node.index_cond, &node.filter];
    between
        .into_iter()
        .flatten()
        .flat_map(|condition| grammar.dialect.predicates(condition))
        .filter(|predicate| matches!(predicate.operand, Operand::Column(_)))
        .collect()
}
