//! Holding every rule against every place it is about.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use minijinja::{Value, context};

use super::assemble::{self, Found};
use super::definition::{Each, Rule, Scope};
use super::facts::{
    CatalogSite, ForeignKeySite, HabitSite, IndexSite, QuerySite, Readers, RunSite, SequenceSite,
    TableSite, TextSite,
};
use super::load::{EvaluationError, RuleSet};
use super::place::Place;
use super::{CannotJudge, Judgement, ignoring, select};
use crate::engine::Engine;
use crate::plan::{Measurements, Plan, measure};
use crate::run::{QueryRun, Run};
use crate::workload::Habit;

/// Judges a run. `measurements` holds the derived quantities of the first plan of each query, by
/// query id; those of other plans are derived here.
pub fn judge(
    run: &Run,
    measurements: &IndexMap<String, Measurements>,
    rules: &RuleSet,
    engine: &dyn Engine,
) -> Judgement {
    judged(run, measurements, rules, engine, None)
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
    judged(run, measurements, rules, engine, Some(observer))
}

/// Who wants to see every rule with the facts it is held against.
type Observer<'o> = &'o mut dyn FnMut(&Rule, &Value);

fn judged(
    run: &Run,
    measurements: &IndexMap<String, Measurements>,
    rules: &RuleSet,
    engine: &dyn Engine,
    observer: Option<Observer<'_>>,
) -> Judgement {
    let around = RunSite { engine, run: Some(run) };
    let is_watched = observer.is_some();
    let mut unwatched = |_: &Rule, _: &Value| {};
    let observer: &mut dyn FnMut(&Rule, &Value) = match observer {
        Some(observer) => observer,
        None => &mut unwatched,
    };
    let mut session = Judging::new(around, rules, observer);
    session.is_watched = is_watched;
    for query in &run.queries {
        session.query(query, measurements.get(&query.id));
    }
    session.sequences(run);
    session.habits(&run.habits);
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

/// Judges what the sessions of a capture do again and again, without a run.
pub fn judge_habits(habits: &[Habit], rules: &RuleSet, engine: &dyn Engine) -> Judgement {
    let around = RunSite { engine, run: None };
    let mut unwatched = |_: &Rule, _: &Value| {};
    let mut session = Judging::new(around, rules, &mut unwatched);
    session.habits(habits);
    session.finish()
}

/// One pass over everything, collecting as it goes.
pub struct Judging<'a> {
    pub around: RunSite<'a>,
    pub rules: &'a RuleSet,
    /// Facts that are the same everywhere.
    pub common: Value,
    observer: &'a mut dyn FnMut(&Rule, &Value),
    /// Somebody wants to see every rule evaluated, also where its first words rule it out.
    pub is_watched: bool,
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
            is_watched: false,
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

    fn habits(&mut self, habits: &'a [Habit]) {
        let rules = self.scoped(Scope::Workload, Some(Each::Habit));
        for habit in habits {
            let looks = |rule: &&&Rule| rule.definition.finds.as_deref() == Some(&habit.kind);
            let site = HabitSite { habit };
            let facts = assemble::habit_facts(&site, &self.common);
            for rule in rules.iter().filter(looks) {
                self.apply(rule, &Place::Habit(&site), &facts);
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
    pub fn apply(&mut self, rule: &Rule, place: &Place<'_, '_>, facts: &Value) {
        self.decide(rule, place, facts, || facts.clone());
    }

    /// As [`Judging::apply`], where `read` has what conditions read, and what a finding says besides is in `all`.
    pub fn decide(
        &mut self,
        rule: &Rule,
        place: &Place<'_, '_>,
        read: &Value,
        all: impl FnOnce() -> Value,
    ) {
        let with_params = |facts: Value| context! { params => self.rules.params(rule), ..facts };
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

    pub fn refuse(&mut self, rule: &Rule, query: Option<&String>, reason: String) {
        let (rule, query) = (rule.id().to_owned(), query.cloned());
        self.cannot_judge.insert(CannotJudge { rule, query, reason });
    }

    /// Rules that hold for this engine and version, and may speak.
    pub fn holding(&self) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let engine = self.around.engine.name();
        let version = self.around.server().map(|server| server.version_number);
        let rules = self.rules;
        let may = move |rule: &&'a Rule| rules.speaks(rule) && rule.holds_for(engine, version);
        rules.rules().iter().filter(may)
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
