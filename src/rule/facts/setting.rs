//! Settings and counters: facts whose names come from the server.

use std::collections::BTreeMap;

use minijinja::Value;

use super::documented::Documented;
use super::fact::{Fact, FactSet, Kind};
use super::site::RunSite;
use crate::engine::Setting;
use crate::rule::definition::Scope;

fn setting_facts() -> Vec<Fact<Setting>> {
    type S = Setting;
    vec![
        Fact::text("value", "as the server shows it", |s: &S| Some(s.value.clone())),
        Fact::number(
            "number",
            "base unit",
            "the value in bytes, milliseconds, or plain",
            |s: &S| s.number,
        ),
        Fact::text("default", "the built-in default, as the server shows it", |s: &S| {
            s.default.clone()
        }),
        Fact::flag("is_default", "nobody has set it", |s: &S| {
            Some(s.source == "default" || s.default.as_ref() == Some(&s.value))
        }),
        Fact::flag("needs_restart", "changing it needs a restart", |s: &S| Some(s.needs_restart)),
    ]
}

/// One namespace with an entry a setting.
pub fn settings(site: &RunSite<'_>) -> Value {
    let facts = setting_facts();
    let entry = |setting: &Setting| {
        let values = FactSet::compute("settings", &facts, setting).into_value();
        (setting.name.clone(), Some(values))
    };
    let known = site.run.map(|run| run.settings.as_slice()).unwrap_or_default();
    FactSet::open("settings", known.iter().map(entry).collect()).into_value()
}

/// Growth of the server's counters during the run.
pub fn counters(site: &RunSite<'_>) -> Value {
    let grown = site.run.map(|run| &run.counters.0);
    let values: BTreeMap<String, Option<Value>> = grown
        .into_iter()
        .flatten()
        .map(|(name, growth)| (name.clone(), Some(Value::from(*growth))))
        .collect();
    FactSet::open("counters", values).into_value()
}

pub fn documented(all: &[Scope]) -> Vec<Documented> {
    let row = |name: String, kind, unit, meaning, scopes: &[Scope]| Documented {
        name,
        kind,
        unit,
        meaning,
        scopes: scopes.to_vec(),
        each: None,
    };
    let mut rows: Vec<Documented> = setting_facts()
        .iter()
        .map(|fact| {
            row(format!("settings.*.{}", fact.name), fact.kind(), fact.unit, fact.meaning, all)
        })
        .collect();
    let growth = "growth of one of the server's counters during the run";
    let scopes = [Scope::Setting, Scope::Workload, Scope::Catalog];
    rows.push(row("counters.*".to_owned(), Kind::Number, "as counted", growth, &scopes));
    rows
}
