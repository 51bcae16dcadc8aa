//! What counts as found, and what as a false alarm.

use super::*;
use crate::plan::Evidence;
use crate::rule::{Gain, GainClass};

const FAULTS: &str = r#"
[[fault]]
id = "order"
query = "sick"
what = "x"
found_by = [{ index = "rental", keys = ["store_id", "rented_at"] }]

[[fault]]
id = "search"
query = "text"
what = "x"
found_by = [
    { rule = "text-search-without-index" },
    { index = "film", keys = ["to_tsvector('english', description)"], method = "gin" },
]

[[fault]]
id = "subset"
query = "sick"
what = "x"
found_by = [{ index = "rental", keys = ["due_at"], predicate = "status" }]

[[fault]]
id = "idle"
what = "x"
found_by = [{ drop = "rental_updated_at_idx" }]
"#;

#[derive(serde::Deserialize)]
struct Faults {
    fault: Vec<ExpectedFault>,
}

fn workload() -> Workload {
    let faults: Faults = toml::from_str(FAULTS).unwrap();
    Workload {
        name: "w".to_owned(),
        source: "w".into(),
        description: None,
        complete: false,
        queries: Vec::new(),
        sessions: Vec::new(),
        is_captured: false,
        observed_s: None,
        habits: Vec::new(),
        ignores: Vec::new(),
        faults: faults.fault,
        data: None,
        digest: String::new(),
        notes: Vec::new(),
    }
}

fn index(table: &str, columns: &[&str], query: &str) -> IndexAdvice {
    IndexAdvice {
        online: Vec::new(),
        parts: Vec::new(),
        name: format!("{table}_idx"),
        schema: "public".to_owned(),
        table: table.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        include: Vec::new(),
        method: "btree".to_owned(),
        predicate: None,
        ddl: String::new(),
        steps: Vec::new(),
        undo: String::new(),
        requires: None,
        hypothetical_bytes: None,
        write_overhead: None,
        cost_before: None,
        cost_after: None,
        absence_cost: None,
        story: None,
        definition: None,
        effects: Vec::new(),
        size_bytes: None,
        build_seconds: None,
        queries: vec![query.to_owned()],
        why: String::new(),
        costs: Vec::new(),
        class: GainClass::Modelled,
        saved_ms: None,
        outcome: Outcome::Proposed,
    }
}

fn finding(rule: &str, query: Option<&str>, severity: Severity) -> Finding {
    Finding {
        rule: rule.to_owned(),
        title: "t".to_owned(),
        severity,
        query: query.map(str::to_owned),
        queries: Vec::new(),
        node: None,
        plan: 0,
        subject: None,
        columns: Vec::new(),
        message: String::new(),
        why: String::new(),
        fix: String::new(),
        verify: String::new(),
        ignore_when: None,
        actions: Vec::new(),
        gain: Gain { class: GainClass::Structural, saved_ms: None, model: String::new() },
        score: 0.0,
        evidence: Evidence::D,
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

fn drop_of(index: &str) -> DropAdvice {
    DropAdvice {
        rehearsal: None,
        parts: Vec::new(),
        index: index.to_owned(),
        schema: "public".to_owned(),
        table: "rental".to_owned(),
        ddl: String::new(),
        undo: String::new(),
        size_bytes: 0,
        why: "never used".to_owned(),
        outcome: Outcome::Proposed,
    }
}

fn of_indexes(indexes: Vec<IndexAdvice>) -> Score {
    score(&workload(), &[], &Advice { indexes, ..Advice::default() })
}

#[test]
fn an_index_counts_when_its_keys_lead_on_the_right_query() {
    let found = |columns: &[&str], query| of_indexes(vec![index("rental", columns, query)]).found;
    assert_eq!(found(&["store_id", "rented_at DESC"], "sick"), ["order"]);
    assert_eq!(found(&["store_id", "rented_at", "status"], "sick"), ["order"]);
    assert!(found(&["rented_at", "store_id"], "sick").is_empty());
    assert!(found(&["store_id"], "sick").is_empty());
    assert!(found(&["store_id", "rented_at"], "other").is_empty());
}

#[test]
fn method_and_predicate_have_to_agree() {
    let text = "to_tsvector('english'::regconfig, description)";
    let mut search = index("film", &[text], "text");
    assert!(of_indexes(vec![search.clone()]).found.is_empty());
    search.method = "gin".to_owned();
    assert_eq!(of_indexes(vec![search]).found, ["search"]);
    let mut subset = index("rental", &["due_at"], "sick");
    assert!(of_indexes(vec![subset.clone()]).found.is_empty());
    subset.predicate = Some("(status = 'open'::text)".to_owned());
    assert_eq!(of_indexes(vec![subset]).found, ["subset"]);
}

#[test]
fn a_rule_counts_on_its_query_or_on_one_of_those_it_concerns() {
    let rule = "text-search-without-index";
    let found = |finding| score(&workload(), &[finding], &Advice::default()).found;
    assert_eq!(found(finding(rule, Some("text"), Severity::Low)), ["search"]);
    assert!(found(finding(rule, Some("sick"), Severity::Low)).is_empty());
    assert!(found(finding("select-star", Some("text"), Severity::Low)).is_empty());
    let concerned =
        Finding { queries: vec!["text".to_owned()], ..finding(rule, None, Severity::Low) };
    assert_eq!(found(concerned), ["search"]);
}

#[test]
fn what_was_taken_back_counts_neither_way() {
    let mut order = index("rental", &["store_id", "rented_at"], "sick");
    order.outcome = Outcome::Dropped { reason: "no gain".to_owned() };
    let mut healthy = index("film", &["film_id"], "healthy");
    healthy.outcome = Outcome::Failed { error: "x".to_owned() };
    let score = of_indexes(vec![order, healthy]);
    assert!(score.found.is_empty() && score.false_alarms.is_empty(), "{score:?}");
}

#[test]
fn alarms_are_high_findings_indexes_and_drops_where_nothing_is_wrong() {
    let findings = [
        finding("a", Some("healthy"), Severity::High),
        finding("b", Some("healthy"), Severity::Medium),
        finding("c", Some("sick"), Severity::High),
        finding("d", None, Severity::High),
    ];
    let advice = Advice {
        indexes: vec![index("film", &["title"], "healthy"), index("film", &["title"], "sick")],
        drops: vec![drop_of("rental_updated_at_idx"), drop_of("film_pkey")],
        ..Advice::default()
    };
    let score = score(&workload(), &findings, &advice);
    let starts: Vec<&str> =
        score.false_alarms.iter().map(|alarm| alarm.split(' ').next().unwrap()).collect();
    assert_eq!(starts, ["a", "film_idx", "drop"]);
    assert_eq!(score.found, ["idle"]);
    assert_eq!(score.to_string(), "planted faults: found 1 of 4, false alarms 3");
}

#[test]
fn keys_are_compared_by_what_they_index() {
    for (one, other) in [
        ("body gin_trgm_ops", "body"),
        ("rented_at DESC NULLS LAST", "\"rented_at\""),
        ("lower((email)::text)", "lower(email)"),
    ] {
        assert_eq!(bare(one), bare(other));
    }
    assert_ne!(bare("lower(email)"), bare("email"));
}
