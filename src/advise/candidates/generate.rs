//! All candidates for one access.

use crate::advise::access::{Access, Restriction};
use crate::advise::thresholds::Thresholds;
use crate::engine::{IndexDefinition, IndexGrammar, KeyDefinition, KeyRole, KeySubject, Table};
use crate::serving::Serving;

use super::popularity::Popularity;
use super::{block_summary, inverted, ordered, partial};

/// What candidates of a whole workload are made from.
pub struct Workshop<'a> {
    pub grammar: &'a dyn IndexGrammar,
    pub serving: Serving<'a>,
    pub popularity: &'a Popularity,
    pub thresholds: &'a Thresholds,
}

/// Small tables are read whole in no time, and only real tables have indexes.
pub fn worth_looking(table: &Table, thresholds: &Thresholds) -> bool {
    let indexable =
        matches!(table.kind.as_str(), "table" | "partitioned table" | "materialized view");
    indexable && table.rows >= thresholds.least_rows && table.pages >= thresholds.least_pages
}

impl Workshop<'_> {
    pub fn candidates(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let access = &self.selective(access);
        let mut found = self.ordered(access, None);
        for condition in partial::conditions(access, self.thresholds) {
            found.extend(self.ordered(access, Some(condition)));
        }
        found.extend(self.inverted(access));
        found.extend(self.summary(access));
        found.extend(self.hashed(access));
        found.extend(self.groups(access).into_iter().flatten());
        found
    }

    /// Sets of indexes that only help together: one for each arm of an OR.
    pub fn groups(&self, access: &Access<'_>) -> Vec<Vec<IndexDefinition>> {
        let arm = |restrictions: &Vec<Restriction>| {
            let arm = Access {
                restrictions: restrictions.clone(),
                alternatives: Vec::new(),
                joins: Vec::new(),
                orders: Vec::new(),
                ..access.clone()
            };
            self.most_serving(&arm)
        };
        let groups = access.alternatives.iter().map(|arms| {
            let mut group: Vec<IndexDefinition> = arms.iter().filter_map(arm).collect();
            let complete = group.len() == arms.len();
            group.sort();
            group.dedup();
            if complete { group } else { Vec::new() }
        });
        groups.filter(|group| !group.is_empty()).collect()
    }

    /// The whole-table index with most keys, or the first of another method.
    fn most_serving(&self, access: &Access<'_>) -> Option<IndexDefinition> {
        let whole = self.candidates(access).into_iter().filter(|index| index.predicate.is_none());
        whole.rev().max_by_key(|index| index.keys.len())
    }

    /// Equality on keys too wide to be kept in order.
    fn hashed(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let Some(method) = self.grammar.hashed_method() else { return Vec::new() };
        let ordered = self.grammar.ordered_method();
        let equal = access.restrictions.iter().filter(|restriction| {
            restriction.ordered_role(ordered) == Some(KeyRole::Equality) && !restriction.several
        });
        let joined = access.joins.iter().filter(|keys| keys.len() == 1).flatten();
        equal
            .map(|restriction| &restriction.subject)
            .chain(joined)
            .map(|subject| KeyDefinition::ascending(subject.clone()))
            .filter(|key| self.is_too_wide(access.table, key))
            .map(|key| define(access.table, method, vec![key], None))
            .collect()
    }

    /// The access without conditions that nearly every row meets.
    fn selective<'t>(&self, access: &Access<'t>) -> Access<'t> {
        let mut selective = access.clone();
        let most = self.thresholds.most_kept;
        selective.restrictions.retain(|r| r.selectivity.is_none_or(|kept| kept <= most));
        selective
    }

    fn ordered(&self, access: &Access<'_>, partial: Option<&Restriction>) -> Vec<IndexDefinition> {
        let method = self.grammar.ordered_method();
        let mut lists = ordered::key_lists(access, partial, method, self.popularity);
        if let Some(restriction) = partial {
            lists.push(vec![KeyDefinition::ascending(restriction.subject.clone())]);
        }
        lists.retain(|keys| !keys.iter().any(|key| self.is_too_wide(access.table, key)));
        let predicate = partial.and_then(|restriction| restriction.condition.clone());
        lists
            .into_iter()
            .map(|keys| define(access.table, method, keys, predicate.clone()))
            .collect()
    }

    /// Of the rows that meet the conditions between their columns.
    pub(super) fn compared(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let Some(compared) = &access.compared else { return Vec::new() };
        let whole = self.ordered(&self.selective(access), None).into_iter();
        let predicate = Some(compared.condition.clone());
        whole.map(|index| IndexDefinition { predicate: predicate.clone(), ..index }).collect()
    }

    fn is_too_wide(&self, table: &Table, key: &KeyDefinition) -> bool {
        let KeySubject::Column(name) = &key.subject else { return false };
        let width = table.column(name).and_then(|column| column.average_width);
        width.is_some_and(|width| width > self.thresholds.widest_key)
    }

    fn inverted(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let keys = inverted::keys(access, self.popularity);
        keys.into_iter()
            .map(|(method, key)| define(access.table, &method, vec![key], None))
            .collect()
    }

    fn summary(&self, access: &Access<'_>) -> Option<IndexDefinition> {
        let summary = self.grammar.block_summary()?;
        let ordered = self.grammar.ordered_method();
        let column = block_summary::column(access, summary, ordered, self.thresholds)?;
        let key = KeyDefinition::ascending(KeySubject::Column(column.name.clone()));
        Some(define(access.table, summary.method, vec![key], None))
    }
}

fn define(
    table: &Table,
    method: &str,
    keys: Vec<KeyDefinition>,
    predicate: Option<String>,
) -> IndexDefinition {
    IndexDefinition {
        schema: table.schema.clone(),
        table: table.name.clone(),
        method: method.to_owned(),
        keys,
        include: Vec::new(),
        predicate,
    }
}
