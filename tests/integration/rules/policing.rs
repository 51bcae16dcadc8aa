//! What every rule must have, so that the catalogue can be trusted rule by rule.

use std::fs;

use super::case::{cases_of, root, rules};

const LONGEST_MESSAGE: usize = 160;

#[test]
fn every_rule_has_cases_on_both_sides_and_at_the_boundary() {
    let mut lacking = Vec::new();
    for rule in rules().rules() {
        let names: Vec<String> = cases_of(rule.id()).into_iter().map(|(name, _)| name).collect();
        let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
        let (fires, silent, boundary) = (count("fires-"), count("silent-"), count("boundary-"));
        if fires < 2 || silent < 2 || boundary < 1 || fires + silent + boundary != names.len() {
            lacking
                .push(format!("{}: {fires} fire, {silent} silent, {boundary} boundary", rule.id()));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn every_folder_of_cases_belongs_to_a_rule() {
    let rules = rules();
    let folders = fs::read_dir(root()).expect("tests/rules").map(|e| e.expect("entry").path());
    let names = folders.filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
    let strays: Vec<String> =
        names.filter(|name| name != "capture" && rules.rule(name).is_none()).collect();
    assert_eq!(strays, Vec::<String>::new());
}

#[test]
fn every_boundary_covers_every_parameter_of_the_condition() {
    let mut lacking = Vec::new();
    for rule in rules().rules() {
        let cases = cases_of(rule.id());
        for name in rule.definition.params.keys() {
            let compared = rule.definition.when.contains(&format!("params.{name}"));
            if compared && !cases.iter().any(|(_, case)| case.turns.contains_key(name)) {
                lacking.push(format!("{}: {name}", rule.id()));
            }
        }
    }
    assert!(lacking.is_empty(), "no boundary turns on: {}", lacking.join(", "));
}

#[test]
fn messages_are_one_sentence_with_a_number() {
    let rules = rules();
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()) {
            for finding in case.findings(rule.id(), &rules) {
                for text in [&finding.title, &finding.message] {
                    let numbered = text.chars().any(|c| c.is_ascii_digit());
                    let shouts = text.contains('!');
                    let length = text.chars().count();
                    if !numbered || shouts || length > LONGEST_MESSAGE || text.ends_with('.') {
                        wrong.push(format!("{}/{name} ({length}): {text}", rule.id()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_finding_says_all_a_reader_needs() {
    let rules = rules();
    let mut seen = 0;
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()) {
            for finding in case.findings(rule.id(), &rules) {
                let place = format!("{}/{name}", rule.id());
                let texts = [&finding.why, &finding.fix, &finding.verify];
                assert!(texts.iter().all(|text| !text.trim().is_empty()), "{place}");
                assert!((0.0..=5.0).contains(&finding.score), "{place}: {}", finding.score);
                assert!(
                    finding.gain.saved_ms.is_none_or(|s| s.low >= 0.0 && s.low <= s.high),
                    "{place}"
                );
                let templates = &rule.definition.actions;
                let always = templates.iter().filter(|action| action.when.is_none()).count();
                let proposed = (always..=templates.len()).contains(&finding.actions.len());
                assert!(proposed, "{place}: {} actions", finding.actions.len());
                for action in &finding.actions {
                    assert!(!action.statement.contains("{{"), "{place}: {}", action.statement);
                    let ends =
                        action.statement.ends_with(';') || action.statement.starts_with("--");
                    assert!(ends, "{place}: {}", action.statement);
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 2 * rules.rules().len(), "only {seen} findings");
}
