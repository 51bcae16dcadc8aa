//! Holding every rule against every place it is about.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use minijinja::{Value, context};

use super::assemble::{self, Found};
use super::definition::{Each, Rule, Scope};
use super::facts::{
    CatalogSite, FilterTraits, ForeignKeySite, IndexSite, NodeSite, QuerySite, Readers, RunSite,
    SequenceSite, TableSite, TextSite, reads_base_table, whole_scans,
};
use super::load::{EvaluationError, RuleSet};
use super::place::Place;
use super::{CannotJudge, Judgement, gate, ignoring, select};
use crate::engine::Engine;
use crate::plan::{Measurements, Plan, measure};
use crate::run::{QueryRun, Run};

/// Judges a run. `measurements` holds the derived quantities of the first plan of each query, by
/// query id; those of other plans are derived here.
pub fn judge(
    run: &Run,
    measurements: &IndexMap<String, Measurements>,
    rules: &RuleSet,
    engine: &dyn Engine,
) -> Judgement {
    watch(run, measurements, rules, engine, &mut |_, _| {})
}

/// As [`judge`]; `observer` is told of every rule with the facts it is held against, in order: for
/// those who ask why a rule was silent.
pub fn watch(
    run: &Run,
    measurements: &IndexMap<String, Measurements>,
    rules: &RuleSet,
    engine: &dyn Engine,
    observer: &mut dyn FnMut(&Rule, &Value),
) -> Judgement {
    let around = RunSite { engine, run: Some(run) };
    let mut session = Judging::new(around, rules, observer);
    for query in &run.queries {
        session.query(query, measurements.get(&query.id));
    }
    session.sequences(run);
    session.catalog(run);
    session.settings();
    ignoring::ignore(session.finish(), run)
}

/// Judges one plan without a run: no catalog, no settings, no latencies. `sql` is its statement,
/// where it is known.
pub fn judge_plan(
    plan: &Plan,
    measurements: &Measurements,
    sql: Option<&str>,
    rules: &RuleSet,
    engine: &dyn Engine,
) -> Judgement {
    let around = RunSite { engine, run: None };
    let text = sql.or(plan.query_text.as_deref());
    let shape = text.and_then(|sql| engine.dialect().shape(sql).ok());
    let site =
        QuerySite { around, query: None, shape: shape.as_ref(), plan: Some((plan, measurements)) };
    let mut unwatched = |_: &Rule, _: &Value| {};
    let mut session = Judging::new(around, rules, &mut unwatched);
    session.plan(&site, 0);
    session.texts(&site, text.unwrap_or_default());
    session.finish()
}

/// Gain of rules about estimates, which differ from part to part of a table.
const ESTIMATES: &str = "G8";

/// One pass over everything, collecting as it goes.
struct Judging<'a> {
    around: RunSite<'a>,
    rules: &'a RuleSet,
    /// Facts that are the same everywhere.
    common: Value,
    observer: &'a mut dyn FnMut(&Rule, &Value),
    found: Vec<Found>,
    /// Many queries times many rules: looked up, not searched.
    cannot_judge: BTreeSet<CannotJudge>,
}

impl<'a> Judging<'a> {
    fn new(
        around: RunSite<'a>,
        rules: &'a RuleSet,
        observer: &'a mut dyn FnMut(&Rule, &Value),
    ) -> Self {
        let common = assemble::common_facts(&around);
        Judging {
            around,
            rules,
            common,
            observer,
            found: Vec::new(),
            cannot_judge: BTreeSet::new(),
        }
    }

    fn query(&mut self, query: &'a QueryRun, first: Option<&Measurements>) {
        let site = QuerySite {
            around: self.around,
            query: Some(query),
            shape: query.shape.as_ref(),
            plan: None,
        };
        for (index, record) in query.plans.iter().enumerate() {
            let derived;
            let measurements = match first {
                Some(given) if index == 0 => given,
                _ => {
                    derived = measure(&record.plan);
                    &derived
                }
            };
            let with_plan = QuerySite { plan: Some((&record.plan, measurements)), ..site };
            self.plan(&with_plan, index);
            if index == 0 {
                self.texts(&with_plan, &query.sql);
            }
        }
        if query.plans.is_empty() {
            self.texts(&site, &query.sql);
        }
    }

    /// What is written in a statement, once for each, whatever its plans.
    fn texts(&mut self, site: &QuerySite<'_>, sql: &str) {
        let rules = self.scoped(Scope::Statement, None);
        if sql.is_empty() || rules.is_empty() {
            return;
        }
        let constructs = self.around.engine.dialect().constructs(sql);
        let facts = assemble::query_facts(site, &self.common);
        for construct in &constructs {
            let looks = |rule: &&&Rule| rule.definition.finds.as_deref() == Some(construct.kind);
            let text = TextSite { query: *site, sql, construct };
            let facts = assemble::text_facts(&text, &facts);
            for rule in rules.iter().filter(looks) {
                self.apply(rule, &Place::Text(&text), &facts);
            }
        }
    }

    /// Query rules and node rules on one plan.
    fn plan(&mut self, site: &QuerySite<'_>, index: usize) {
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
                self.node(&mut own, index, &all, &facts);
                continue;
            };
            self.node(&mut own, index, &estimates, &facts);
            if whole.parts.first() == Some(&node.id) {
                let (node, metrics, table) = (&whole.node, &whole.metrics, Some(whole.table));
                let mut together = NodeSite { node, metrics, table, ..own };
                self.node(&mut together, index, &others, &facts);
            }
        }
    }

    /// Of a large plan most nodes are beneath every rule's notice: nothing more is derived of those.
    fn node(&mut self, site: &mut NodeSite<'_>, plan: usize, rules: &[&Rule], facts: &Value) {
        if gate::is_idle(site) {
            return;
        }
        let rules = rules.iter().filter(|rule| !gate::is_negligible(site, rule));
        let rules: Vec<&Rule> = rules.copied().collect();
        if rules.is_empty() {
            return;
        }
        site.filter = FilterTraits::of(site.node, site.table, &site.query.around.serving());
        let all = || assemble::node_facts(site, facts);
        let read = match self.rules.read_by(&rules, "node") {
            Some(wanted) => assemble::some_node_facts(site, facts, &wanted),
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

    fn sequences(&mut self, run: &'a Run) {
        let rules = self.scoped(Scope::Workload, Some(Each::Sequence));
        for session in &run.sessions {
            for pair in session.steps.windows(2) {
                let [first, second] = pair else { continue };
                let site = SequenceSite { run, session, first, second };
                let facts = assemble::sequence_facts(&site, &self.common);
                for rule in &rules {
                    self.apply(rule, &Place::Sequence(&site), &facts);
                }
            }
        }
    }

    fn catalog(&mut self, run: &'a Run) {
        let readers = Readers::of(run);
        let catalog = CatalogSite { around: self.around, run, readers: &readers };
        for table in &run.catalog.tables {
            let on = TableSite { catalog, table };
            let facts = assemble::table_facts(&on, &self.common);
            for rule in self.scoped(Scope::Catalog, Some(Each::Table)) {
                self.apply(rule, &Place::Table(&on), &facts);
            }
            for index in &table.indexes {
                let site = IndexSite { on, index };
                let facts = assemble::index_facts(&site, &facts);
                for rule in self.scoped(Scope::Catalog, Some(Each::Index)) {
                    self.apply(rule, &Place::Index(&site), &facts);
                }
            }
            for key in &table.foreign_keys {
                let site = ForeignKeySite { on, key };
                let facts = assemble::foreign_key_facts(&site, &facts);
                for rule in self.scoped(Scope::Catalog, Some(Each::ForeignKey)) {
                    self.apply(rule, &Place::ForeignKey(&site), &facts);
                }
            }
        }
    }

    fn settings(&mut self) {
        let facts = assemble::setting_facts(&self.common);
        for rule in self.scoped(Scope::Setting, None) {
            self.apply(rule, &Place::Settings, &facts);
        }
    }

    /// The rule's verdict on one place: a finding, silence, or a reason why there is neither.
    fn apply(&mut self, rule: &Rule, place: &Place<'_, '_>, facts: &Value) {
        self.decide(rule, place, facts, || facts.clone());
    }

    /// As [`Judging::apply`], where `read` has what conditions read, and what a finding says besides is in `all`.
    fn decide(
        &mut self,
        rule: &Rule,
        place: &Place<'_, '_>,
        read: &Value,
        all: impl FnOnce() -> Value,
    ) {
        let with_params = |facts: Value| context! { params => assemble::params(rule), ..facts };
        let read = with_params(read.clone());
        (self.observer)(rule, &read);
        let verdict = self.rules.holds(rule, &read).and_then(|holds| match holds {
            true => assemble::found(self.rules, rule, place, &with_params(all())).map(Some),
            false => Ok(None),
        });
        match verdict {
            Ok(found) => self.found.extend(found),
            Err(error) => self.refuse(rule, place.query(), reason(&error)),
        }
    }

    fn refuse(&mut self, rule: &Rule, query: Option<&String>, reason: String) {
        let (rule, query) = (rule.id().to_owned(), query.cloned());
        self.cannot_judge.insert(CannotJudge { rule, query, reason });
    }

    /// Rules that hold for this engine and version.
    fn holding(&self) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let engine = self.around.engine.name();
        let version = self.around.server().map(|server| server.version_number);
        self.rules.rules().iter().filter(move |rule| rule.holds_for(engine, version))
    }

    fn scoped(&self, scope: Scope, each: Option<Each>) -> Vec<&'a Rule> {
        let fits = |rule: &&Rule| rule.definition.scope == scope && rule.definition.each == each;
        self.holding().filter(fits).collect()
    }

    fn finish(self) -> Judgement {
        Judgement {
            findings: select::select(self.found, self.rules),
            cannot_judge: self.cannot_judge.into_iter().collect(),
            ignored: Vec::new(),
        }
    }
}

fn reason(error: &EvaluationError) -> String {
    error.to_string()
}
