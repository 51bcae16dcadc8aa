//! Findings where editors and build services show them.

use planwise::report::machines::{finding_notes, located, sarif};
use planwise::rule::RuleSet;
use serde_json::Value;

use super::sample;

fn document() -> planwise::report::Document {
    let mut document = sample::judged();
    document.run.workload.source = "queries/a b.sql".to_owned();
    for (index, query) in document.run.queries.iter_mut().enumerate() {
        query.file = Some("queries/a b.sql".to_owned());
        query.line = 10 * (index + 1);
    }
    document
}

#[test]
fn sarif_places_each_finding_on_the_line_of_its_query() {
    let document = document();
    let rules = RuleSet::load(&[]).expect("the built-in rules load");
    let text = sarif(&located(&document), &rules).expect("it is written");
    let log: Value = serde_json::from_str(&text).expect("one JSON document");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "planwise");
    let described = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), document.findings.len());
    assert!(!results.is_empty());
    for (result, finding) in results.iter().zip(&document.findings) {
        assert_eq!(result["ruleId"], finding.rule.as_str());
        if let Some(index) = result["ruleIndex"].as_u64() {
            assert_eq!(described[index as usize]["id"], finding.rule.as_str());
        }
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "queries/a%20b.sql");
        let query = finding.query.as_deref().and_then(|id| document.run.query(id));
        let line = query.map_or(1, |query| query.line);
        assert_eq!(place["region"]["startLine"], line + finding.line.map_or(0, |line| line - 1));
        assert!(!result["message"]["text"].as_str().expect("a message").is_empty());
        assert_eq!(result["partialFingerprints"]["planwise/v1"].as_str().map(str::len), Some(64));
    }
}

/// Every rule, at every place that a finding can have.
#[test]
fn sarif_is_valid_by_its_schema() {
    let read = |path: std::path::PathBuf| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
    };
    let schema = read(crate::parts::fixture("sarif/sarif-2.1.0.json"));
    let schema = jsonschema::validator_for(&schema).expect("the schema of OASIS");
    let rules = RuleSet::load(&[]).expect("the built-in rules load");
    let mut document = document();
    let sample = document.findings.clone();
    let ids = rules.rules().iter().map(|rule| rule.id().to_owned());
    document.findings = ids
        .zip(sample.iter().cycle())
        .map(|(rule, finding)| planwise::rule::Finding { rule, ..finding.clone() })
        .collect();
    document.findings[0].query = None;
    document.findings[1].rule = "a-rule-of-the-past".to_owned();
    let empty = planwise::report::Document { findings: Vec::new(), ..document.clone() };
    for document in [document, empty] {
        let log: Value =
            serde_json::from_str(&sarif(&located(&document), &rules).expect("written"))
                .expect("JSON");
        let wrong: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
}

#[test]
fn a_line_within_the_statement_counts_from_its_first() {
    let mut document = document();
    let finding = document.findings.iter_mut().find(|f| f.query.is_some()).expect("of a query");
    finding.line = Some(4);
    let id = finding.query.clone().expect("its query");
    let first = document.run.query(&id).expect("the query").line;
    let found = located(&document);
    let one = found.iter().find(|one| one.finding.line == Some(4)).expect("it is there");
    assert_eq!(one.line, first + 3);
}

#[test]
fn annotations_are_one_line_each_and_name_file_and_line() {
    let document = document();
    let notes = finding_notes(&located(&document));
    let shown = document.findings.iter().filter(|f| !f.minor).count();
    assert!(notes.lines().count() <= shown && notes.lines().count() > 0, "{notes}");
    for line in notes.lines() {
        let known = ["::error ", "::warning ", "::notice "].iter().any(|w| line.starts_with(w));
        assert!(known && line.contains("file=queries/a b.sql,line="), "{line}");
    }
}
