//! All candidates for one access.

use crate::advise::access::{Access, Restriction, State};
use crate::advise::thresholds::Thresholds;
use crate::engine::{IndexDefinition, IndexGrammar, KeyDefinition, KeyRole, KeySubject, Table};
use crate::serving::Serving;

use super::popularity::Popularity;
use super::{block_summary, covering, inverted, ordered, partial};

/// What candidates of a whole workload are made from.
pub struct CandidateGenerator<'a> {
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

impl CandidateGenerator<'_> {
    pub fn candidates(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let mut fitted: Vec<IndexDefinition> = Vec::new();
        for index in self.thought_of(access) {
            let index = self.grammar.fitted(index, access.table);
            fitted.extend(index.filter(|index| !fitted.contains(index)));
        }
        fitted
    }

    fn thought_of(&self, access: &Access<'_>) -> Vec<IndexDefinition> {
        let access = &self.selective(access);
        let mut found = self.ordered(access, None);
        let conditions = match self.grammar.holds_conditions() {
            true => partial::conditions(access, self.thresholds),
            false => Vec::new(),
        };
        for condition in conditions {
            found.extend(self.ordered(access, Some(condition)));
        }
        found.extend(self.inverted(access));
        found.extend(self.summary(access));
        found.extend(self.hashed(access));
        found.extend(self.groups(access).into_iter().flatten());
        found
    }

    /// An index that is there, with what the query reads besides: a filter that throws away fetched rows is then checked
    /// before any is fetched.
    pub fn carrying_filter(
        &self,
        access: &Access<'_>,
        existing: &IndexDefinition,
    ) -> Option<IndexDefinition> {
        let keyed = |name: &String| {
            existing.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
        };
        let filtered = access.filtered.iter().any(|name| !keyed(name));
        let ordered = !access.orders.is_empty() && existing.keys.len() > 1;
        let plain =
            existing.method == self.grammar.ordered_method() && existing.predicate.is_none();
        let wanted = filtered && ordered && plain;
        wanted
            .then(|| covering::covering(existing, access, self.grammar, self.thresholds))
            .flatten()
    }

    /// A new index on all that the plan finds and filters rows by, with what the query reads besides: an index on part of
    /// that is there, and finding the same rows by more keys may pay only when none is fetched.
    pub fn instead_of_filtering(
        &self,
        access: &Access<'_>,
        index: &IndexDefinition,
    ) -> Option<IndexDefinition> {
        let keyed = |name: &String| {
            index.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
        };
        let all = !access.filtered.is_empty() && access.filtered.iter().all(keyed);
        let plain = index.method == self.grammar.ordered_method() && index.predicate.is_none();
        let wanted = all && plain && index.keys.len() > 1 && index.include.is_empty();
        wanted.then(|| covering::covering(index, access, self.grammar, self.thresholds)).flatten()
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

    fn ordered(&self, access: &Access<'_>, partial: Option<&State>) -> Vec<IndexDefinition> {
        let method = self.grammar.ordered_method();
        let mut lists = ordered::key_lists(access, partial, method, self.popularity);
        if let Some(subject) = partial.and_then(|state| own_key(access, state)) {
            lists.push(vec![KeyDefinition::ascending(subject)]);
        }
        lists.retain(|keys| !keys.iter().any(|key| self.is_too_wide(access.table, key)));
        let predicate = partial.map(|state| state.condition.clone());
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
        let Some(column) = table.column(name) else { return false };
        let wide = column.average_width.is_some_and(|width| width > self.thresholds.widest_key);
        wide && !self.grammar.keeps_beginnings(column)
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

/// What tells the state: its column, or the expression that it is computed by.
fn own_key(access: &Access<'_>, state: &State) -> Option<KeySubject> {
    if let Some(column) = state.columns.first() {
        return Some(KeySubject::Column(column.clone()));
    }
    let mut own = access.restrictions.iter();
    own.find(|r| state.texts.contains(&r.predicate.text)).map(|r| r.subject.clone())
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
