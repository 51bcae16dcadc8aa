//! From a condition that holds to a finding: texts, actions, gain, rank.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use super::definition::{Direction, Rule, severity_of};
use super::facts::{
    FactSet, ForeignKeySite, HabitSite, IndexSite, NodeSite, NodeTable, QuerySite, RunSite,
    SequenceSite, TableSite, TextSite, tables,
};
use super::load::{EvaluationError, Part, RuleSet};
use super::place::Place;
use super::{Action, Finding, Gain, SettingChange, Severity, promise, score};
use crate::engine::Engine;
use crate::run::{QueryRun, Run};

/// A finding with what selection among findings needs to know beside it.
pub struct Found {
    pub finding: Finding,
    /// The finding's node and all below it: `[first, last]` in pre-order.
    pub reach: Option<(usize, usize)>,
    /// Settings it moves, and which way.
    pub moves: Vec<(String, Direction)>,
}

/// What the plans of a run say, for those who judge its server.
pub fn run_facts(run: &Run, engine: &dyn Engine) -> Value {
    let site = RunSite { engine, run: Some(run) };
    FactSet::compute("run", &tables::run(), &site).into_value()
}

pub fn common_facts(site: &RunSite<'_>) -> Value {
    context! {
        run => FactSet::compute("run", &tables::run(), site).into_value(),
        server => FactSet::compute("server", &tables::server(), site).into_value(),
        machine => FactSet::compute("machine", &tables::machine(), site).into_value(),
        settings => tables::settings(site),
        counters => tables::counters(site),
    }
}

pub fn query_facts(site: &QuerySite<'_>, common: &Value) -> Value {
    let query = FactSet::compute("query", &tables::query(), site).into_value();
    context! { query, ..common.clone() }
}

pub fn text_facts(site: &TextSite<'_>, around: &Value) -> Value {
    let text = FactSet::compute("text", &tables::text(), site).into_value();
    context! { text, ..around.clone() }
}

pub fn node_facts<'a>(site: &NodeSite<'a>, around: &Value, table: &NodeTable<'a>) -> Value {
    let node = table.all(site).into_value();
    context! { node, ..around.clone() }
}

/// As [`node_facts`], of the node's own facts only those `wanted`.
pub fn some_node_facts<'a>(
    site: &NodeSite<'a>,
    around: &Value,
    table: &NodeTable<'a>,
    wanted: &BTreeSet<&str>,
) -> Value {
    let node = table.some(wanted.iter().copied(), site).into_value();
    context! { node, ..around.clone() }
}

pub fn sequence_facts(site: &SequenceSite<'_>, common: &Value) -> Value {
    let pair = FactSet::compute("pair", &tables::sequence(), site).into_value();
    context! { pair, ..common.clone() }
}

pub fn habit_facts(site: &HabitSite<'_>, common: &Value) -> Value {
    let habit = FactSet::compute("habit", &tables::habit(), site).into_value();
    context! { habit, ..common.clone() }
}

pub fn table_facts(site: &TableSite<'_>, common: &Value) -> Value {
    let table = FactSet::compute("table", &tables::table(), site).into_value();
    context! { table, ..common.clone() }
}

pub fn index_facts(site: &IndexSite<'_>, around: &Value) -> Value {
    let index = FactSet::compute("index", &tables::index(), site).into_value();
    context! { index, ..around.clone() }
}

pub fn foreign_key_facts(site: &ForeignKeySite<'_>, around: &Value) -> Value {
    let foreign_key = FactSet::compute("foreign_key", &tables::foreign_key(), site).into_value();
    context! { foreign_key, ..around.clone() }
}

pub fn setting_facts(common: &Value) -> Value {
    common.clone()
}

/// The finding of `rule`, whose condition holds at `place`.
pub fn found(
    rules: &RuleSet,
    rule: &Rule,
    place: &Place<'_, '_>,
    facts: &Value,
) -> Result<Found, EvaluationError> {
    let definition = &rule.definition;
    let gain = promise::gain(rules, rule, &place.gain_site(), facts)?;
    let weight = place.weight(definition.confidence);
    let severity = score::granted(severity(rules, rule, facts)?, &gain, weight);
    let (actions, moves) = actions(rules, rule, facts)?;
    let saved_ms = gain.saved_ms;
    let mut finding = Finding {
        rule: definition.id.clone(),
        title: rules.render(rule, Part::Title, facts)?,
        severity,
        query: place.query().cloned(),
        queries: place.queries(),
        node: place.node().map(|node| node.id),
        plan: place.plan(),
        line: place.line(),
        seen_in: None,
        seen_at: place.seen_at(),
        habit: place.habit(),
        executions_a_day: place.a_day(),
        saved_s_a_day: None,
        subject: place.subject().or_else(|| moves.first().map(|(name, _)| name.clone())),
        columns: place.columns(),
        message: under(place, rules.render(rule, Part::Message, facts)?),
        why: definition.why.trim().to_owned(),
        fix: rules.render(rule, Part::Fix, facts)?.trim().to_owned(),
        verify: definition.verify.trim().to_owned(),
        ignore_when: Some(definition.ignore_when.trim().to_owned()),
        actions,
        score: score::score(&gain, severity, weight),
        gain,
        evidence: place.evidence(),
        minor: false,
        resolution: None,
    };
    finding.promise(saved_ms);
    Ok(Found { finding, reach: place.reach(), moves })
}

/// What was found says in which session, where the workload sets something for it.
fn under(place: &Place<'_, '_>, message: String) -> String {
    let query = match place {
        Place::Node { site, .. } => site.query.query,
        Place::Query { site, .. } => site.query,
        Place::Text(site) => site.query.query,
        _ => None,
    };
    match query.map(QueryRun::own_settings).filter(|settings| !settings.is_empty()) {
        Some(settings) => format!("{message} (with {settings}, as the workload sets it)"),
        None => message,
    }
}

fn severity(rules: &RuleSet, rule: &Rule, facts: &Value) -> Result<Severity, EvaluationError> {
    if let Some(fixed) = rule.fixed_severity() {
        return Ok(fixed);
    }
    let word = rules.render(rule, Part::Severity, facts)?;
    severity_of(&word)
        .ok_or_else(|| EvaluationError::Broken(format!("{}: {word:?} is no severity", rule.id())))
}

/// A setting, and which way a rule would move it.
type Move = (String, Direction);

/// Actions in full. One that needs a fact which is not known here (a pasted plan has no catalog)
/// is left out: half a statement helps nobody.
fn actions(
    rules: &RuleSet,
    rule: &Rule,
    facts: &Value,
) -> Result<(Vec<Action>, Vec<Move>), EvaluationError> {
    let mut actions = Vec::new();
    let mut moves = Vec::new();
    for index in 0..rule.definition.actions.len() {
        let wanted = match rule.definition.actions[index].when {
            Some(_) => rules.condition(rule, Part::ActionWhen(index), facts),
            None => Ok(true),
        };
        match wanted.and_then(|wanted| match wanted {
            true => action(rules, rule, index, facts).map(Some),
            false => Ok(None),
        }) {
            Ok(None) => {}
            Ok(Some(action)) => {
                let template = &rule.definition.actions[index];
                moves.extend(template.name.clone().zip(template.direction));
                actions.push(action);
            }
            Err(EvaluationError::UnknownFact(_)) => {}
            Err(broken) => return Err(broken),
        }
    }
    Ok((actions, moves))
}

fn action(
    rules: &RuleSet,
    rule: &Rule,
    index: usize,
    facts: &Value,
) -> Result<Action, EvaluationError> {
    let template = &rule.definition.actions[index];
    let to = match template.to {
        Some(_) => rules.render(rule, Part::To(index), facts)?,
        None => String::new(),
    };
    let setting =
        template.name.as_deref().map(|name| change(rules, name, &to, facts)).transpose()?;
    let from = setting.as_ref().map(|change| change.from.clone()).unwrap_or_default();
    let facts = context! { to, from, ..facts.clone() };
    let optional = |given: &Option<String>, part| {
        given.as_ref().map(|_| rules.render(rule, part, &facts)).transpose()
    };
    let stop = optional(&template.stop, Part::Stop(index))?;
    let caution = optional(&template.caution, Part::Caution(index))?;
    Ok(Action {
        kind: template.kind,
        statement: rules.render(rule, Part::Statement(index), &facts)?,
        undo: optional(&template.undo, Part::ActionUndo(index))?,
        caution: with_stop(caution, stop),
        setting,
    })
}

fn change(
    rules: &RuleSet,
    name: &str,
    to: &str,
    facts: &Value,
) -> Result<SettingChange, EvaluationError> {
    let value = |key: &str| rules.evaluate(&format!("settings[\"{name}\"].{key}"), facts);
    Ok(SettingChange {
        name: name.to_owned(),
        from: value("value")?.to_string(),
        to: to.to_owned(),
        needs_restart: value("needs_restart")?.is_true(),
    })
}

fn with_stop(caution: Option<String>, stop: Option<String>) -> Option<String> {
    match (caution, stop) {
        (caution, None) => caution,
        (None, Some(stop)) => Some(format!("Stop at {stop}.")),
        (Some(caution), Some(stop)) => Some(format!("{caution} Stop at {stop}.")),
    }
}

/// A gain that is only a shape, for findings without a clock.
pub fn is_modelled(gain: &Gain) -> bool {
    gain.saved_ms.is_some()
}
