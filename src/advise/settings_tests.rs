use super::*;
use crate::plan::Evidence;
use crate::rule::{ActionKind, Gain, GainClass, Severity};

fn finding(rule: &str, query: &str, score: f64, from: &str, to: &str) -> Finding {
    let change = SettingChange {
        name: "sort_memory".into(),
        from: from.into(),
        to: to.into(),
        needs_restart: false,
    };
    Finding {
        rule: rule.into(),
        title: String::new(),
        severity: Severity::Medium,
        query: Some(query.into()),
        queries: Vec::new(),
        node: None,
        plan: 0,
        subject: None,
        columns: Vec::new(),
        message: format!("{rule} in {query}"),
        why: String::new(),
        fix: String::new(),
        verify: String::new(),
        ignore_when: None,
        actions: vec![Action {
            kind: ActionKind::Setting,
            statement: format!("SET sort_memory = '{to}';"),
            undo: Some("RESET sort_memory;".into()),
            caution: None,
            setting: Some(change),
        }],
        gain: Gain { class: GainClass::Modelled, saved_ms: None, model: "G2".into() },
        score,
        evidence: Evidence::A,
        line: None,
        seen_in: None,
        seen_at: None,
        habit: None,
        executions_a_day: None,
        saved_s_a_day: None,
        minor: false,
        resolution: None,
    }
}

fn collected(findings: &[Finding]) -> Advice {
    let mut advice = Advice::default();
    collect(findings, &mut advice);
    advice
}

#[test]
fn several_spills_ask_for_one_value_the_largest() {
    let advice = collected(&[
        finding("sort-spill", "a", 3.0, "4MB", "65536kB"),
        finding("hash-batches", "b", 1.0, "4MB", "96MB"),
    ]);
    assert_eq!(advice.settings.len(), 1);
    assert_eq!(advice.settings[0].to, "96MB");
    assert_eq!(advice.settings[0].rule, "hash-batches");
    assert!(advice.settings[0].why.contains("(a, b)"), "{}", advice.settings[0].why);
    assert!(advice.notes.is_empty());
}

#[test]
fn two_directions_never_both_stand() {
    let advice = collected(&[
        finding("too-much-memory", "a", 1.0, "64MB", "4MB"),
        finding("sort-spill", "b", 2.0, "64MB", "128MB"),
    ]);
    assert_eq!(advice.settings.len(), 1);
    assert_eq!(advice.settings[0].to, "128MB");
    assert!(advice.notes[0].contains("too-much-memory"), "{:?}", advice.notes);
}

#[test]
fn units_compare() {
    assert_eq!(magnitude("64MB"), magnitude("65536kB"));
    assert_eq!(magnitude("1min"), Some(60_000.0));
    assert_eq!(magnitude("1.1"), Some(1.1));
    assert_eq!(magnitude("minimal"), None);
}
