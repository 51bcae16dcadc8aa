//! Each case gets the verdict its name says.

use super::case::{cases_of, rules};

#[test]
fn every_case_gets_the_verdict_its_name_says() {
    let rules = rules();
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()) {
            let findings = case.findings(rule.id(), &rules);
            let said = findings.first().map(|finding| finding.message.clone());
            let expected = case.message.is_some() || name.starts_with("boundary");
            if said.is_some() != expected {
                wrong.push(format!("{}/{name}: said {said:?}", rule.id()));
            }
            if name.starts_with("fires") && said != case.message {
                wrong.push(format!("{}/{name}:\n  {said:?}\n  {:?}", rule.id(), case.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn at_a_boundary_the_parameter_turns_the_verdict() {
    let rules = rules();
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()) {
            for (param, turn) in &case.turns {
                let fires =
                    |value| case.fires(rule.id(), &rules.with_param(rule.id(), param, value));
                let apart = (turn.fires_at - turn.silent_at).abs();
                let close = apart <= 1e-6 * turn.fires_at.abs().max(1e-3);
                if !fires(turn.fires_at) || fires(turn.silent_at) || !close {
                    wrong.push(format!("{}/{name}: {param} {turn:?}", rule.id()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
