//! Every check against the facts that stand in its own file: where it has to speak, and the near misses where not.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;
use minijinja::value::Serde;

use super::check::Check;
use super::judge::Judge;
use super::load::Checks;
use crate::engine::{self, Setting};
use crate::rule::{number_literals, open_facts};

/// A number is a setting's number and its text; a text is what the server shows.
fn setting(name: &str, given: &toml::Value) -> Setting {
    let text = match given {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Setting {
        name: name.to_owned(),
        number: text.parse().ok(),
        value: text,
        unit: None,
        default: None,
        source: "configuration file".to_owned(),
        needs_restart: false,
    }
}

fn known(table: &toml::Table) -> BTreeMap<String, Option<Value>> {
    table.iter().map(|(name, value)| (name.clone(), Some(Value::from(Serde(value))))).collect()
}

fn facts(case: &toml::Value) -> Value {
    let table = case.as_table().expect("a case is a table of facts");
    let mut common = BTreeMap::new();
    for (namespace, facts) in table {
        let facts = facts.as_table().expect("facts by name");
        let value = match namespace.as_str() {
            "settings" => {
                let given = facts.iter().map(|(name, value)| setting(name, value));
                super::facts::settings(&given.collect::<Vec<_>>())
            }
            _ => open_facts(namespace, known(facts)),
        };
        common.insert(namespace.clone(), value);
    }
    let observed = BTreeMap::from([("seconds".to_owned(), Some(Value::from(600.0)))]);
    common.entry("observed".to_owned()).or_insert_with(|| open_facts("observed", observed));
    super::facts::everything(common)
}

/// The check's words under the facts of one case. `Ok(None)`: it is silent.
fn spoken(checks: &Checks, check: &Check, case: &toml::Value) -> Result<Option<String>, String> {
    let judge = Judge::of_facts(checks, facts(case));
    let row = case.get("row").and_then(toml::Value::as_table);
    let row = row.map(|row| serde_json::to_value(row).unwrap().as_object().unwrap().clone());
    let place = judge.judge_at(check, row.as_ref()).map_err(|error| error.to_string())?;
    Ok(place.map(|place| format!("{} {}", place.message, place.statements.join(" "))))
}

#[test]
fn checks_speak_where_their_files_say_and_nowhere_else() {
    let checks = Checks::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let mut wrong = Vec::new();
    for check in &checks.checks {
        let place = format!("{} ({})", check.id, check.engines.join(", "));
        if check.fires.is_empty() {
            wrong.push(format!("{place}: no case in which it fires"));
        }
        // One that goes through what is faulty as such has no near miss.
        if check.silent.is_empty() && !check.params.is_empty() && !check.severity.contains("params")
        {
            wrong.push(format!("{place}: no near miss"));
        }
        for case in &check.fires {
            match spoken(&checks, check, case) {
                Ok(Some(words)) if words.contains("{{") || words.contains("(not shown)") => {
                    wrong.push(format!("{place}: says {words}"));
                }
                Ok(Some(_)) => {}
                Ok(None) => wrong.push(format!("{place}: is silent on {case}")),
                Err(error) => wrong.push(format!("{place}: {error} on {case}")),
            }
        }
        for case in &check.silent {
            match spoken(&checks, check, case) {
                Ok(None) => {}
                Ok(Some(words)) => wrong.push(format!("{place}: says {words} on {case}")),
                Err(error) => wrong.push(format!("{place}: {error} on {case}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn checks_keep_the_form_of_rules() {
    let checks = Checks::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for check in &checks.checks {
        let place = format!("{} ({})", check.id, check.engines.join(", "));
        for engine in &check.engines {
            assert!(engine::by_name(engine).is_some(), "{place}: no engine {engine}");
            if !names.insert((check.id.clone(), engine.clone(), check.min, check.max)) {
                wrong.push(format!("{place}: stands twice"));
            }
        }
        let literals = number_literals(&check.when);
        if let Some(number) = literals.iter().find(|number| !["0", "1"].contains(&number.as_str()))
        {
            wrong.push(format!("{place}: when holds the number {number}: make it a parameter"));
        }
        for name in check.params.keys() {
            let used =
                check.parts().iter().any(|(_, text, _)| text.contains(&format!("params.{name}")));
            if !used {
                wrong.push(format!("{place}: parameter {name} is used nowhere"));
            }
        }
        if !check.message.contains("{{")
            || check.message.replace("!=", "").contains('!')
            || check.why.trim().is_empty()
        {
            wrong.push(format!("{place}: the message holds a measured value and no exclamation mark, and there is a why"));
        }
        if let Some(look) = &check.of {
            for name in &check.engines {
                let engine = engine::by_name(name).unwrap();
                let looks = engine.looks([99, 0]);
                if !looks.iter().any(|known| known.name == *look && known.many) {
                    wrong.push(format!("{place}: {name} has no look {look} with several rows"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
