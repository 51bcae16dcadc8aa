//! Holding rules against one plan: against it as a whole, and against each of its nodes.

use minijinja::Value;

use super::assemble;
use super::definition::{Rule, Scope};
use super::facts::{FilterTraits, NodeSite, NodeTable, QuerySite, reads_base_table, whole_scans};
use super::gate;
use super::judge::Judging;
use super::place::Place;
use crate::plan::Plan;

/// Gain of rules about estimates, which differ from part to part of a table.
const ESTIMATES: &str = "G8";

/// What is the same at all nodes of a plan.
struct Known<'k, 'a> {
    facts: &'k Value,
    table: &'k NodeTable<'a>,
}

impl<'a> Judging<'a> {
    /// Query rules and node rules on one plan.
    pub fn plan(&mut self, site: &QuerySite<'_>, index: usize) {
        let Some((plan, measurements)) = site.plan else { return };
        let judging = self.able(site, plan);
        let facts = assemble::query_facts(site, &self.common);
        for rule in judging.iter().filter(|rule| rule.definition.scope == Scope::Query) {
            self.apply(rule, &Place::Query { site, plan: index }, &facts);
        }
        let wholes = match site.around.catalog() {
            Some(catalog) => whole_scans(plan.visits(), measurements, catalog),
            None => Vec::new(),
        };
        let of_nodes = judging.into_iter().filter(|rule| rule.definition.scope == Scope::Node);
        let (estimates, others): (Vec<&Rule>, Vec<&Rule>) =
            of_nodes.partition(|rule| rule.definition.gain == ESTIMATES);
        let all: Vec<&Rule> = estimates.iter().chain(&others).copied().collect();
        let table_of_facts = NodeTable::default();
        let known = Known { facts: &facts, table: &table_of_facts };
        for (node, ancestors) in plan.visits() {
            let Some(metrics) = measurements.nodes.get(node.id.0) else { continue };
            let whole = wholes.iter().find(|whole| whole.parts.contains(&node.id));
            let table = reads_base_table(node).and_then(|scan| {
                site.around.catalog()?.table(scan.schema.as_deref(), scan.relation.as_deref()?)
            });
            let (query, filter) = (*site, FilterTraits::default());
            let mut own =
                NodeSite { query, plan, measurements, node, metrics, ancestors, table, filter };
            let Some(whole) = whole else {
                self.node(&mut own, index, &all, &known);
                continue;
            };
            self.node(&mut own, index, &estimates, &known);
            if whole.parts.first() == Some(&node.id) {
                let (node, metrics, table) = (&whole.node, &whole.metrics, Some(whole.table));
                let mut together = NodeSite { node, metrics, table, ..own };
                self.node(&mut together, index, &others, &known);
            }
        }
    }

    /// Of a large plan most nodes are beneath every rule's notice: nothing more is derived of those.
    fn node<'p>(
        &mut self,
        site: &mut NodeSite<'p>,
        plan: usize,
        rules: &[&Rule],
        known: &Known<'_, 'p>,
    ) {
        if gate::is_idle(site) {
            return;
        }
        let may_hold = |rule: &Rule| {
            self.is_watched || self.rules.may_hold(rule, |flag| known.table.flag(flag, site))
        };
        let rules = rules.iter().filter(|rule| !gate::is_negligible(site, rule) && may_hold(rule));
        let rules: Vec<&Rule> = rules.copied().collect();
        if rules.is_empty() {
            return;
        }
        site.filter = FilterTraits::of(site.node, site.table, &site.query.around.serving());
        let all = || assemble::node_facts(site, known.facts, known.table);
        let read = match self.rules.read_of_nodes(&rules) {
            Some(wanted) => assemble::some_node_facts(site, known.facts, known.table, &wanted),
            None => all(),
        };
        for rule in rules {
            self.decide(rule, &Place::Node { site, plan }, &read, all);
        }
    }

    /// The rules that may judge this plan. The others say that they cannot.
    fn able(&mut self, site: &QuerySite<'_>, plan: &Plan) -> Vec<&'a Rule> {
        let of_plans = |rule: &&Rule| matches!(rule.definition.scope, Scope::Node | Scope::Query);
        let mut able = Vec::new();
        for rule in self.holding().filter(of_plans) {
            match gate::lacking(rule, plan.evidence) {
                Some(reason) => self.refuse(rule, site.query.map(|query| &query.id), reason),
                None => able.push(rule),
            }
        }
        able
    }
}
