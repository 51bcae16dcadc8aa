//! Outputs for machines, of a document that wants to break them.

use std::path::Path;
use std::process::Command;

use planwise::compare::{Cause, Gate, Level, Method, QueryComparison, SelfCheck, Signal, Verdict};
use planwise::report::machines::{
    LONGEST_COMMENT, annotations, code_quality, comment, junit, open_metrics,
};
use planwise::report::{Document, Verdicts};
use tempfile::TempDir;

use crate::parts;
use crate::report::sample;

const HOSTILE: &str = "q\"<b>&'|`\n::error::x,y=%0A\u{1b}[31m]]>{{\\";

/// By the schema that Jenkins and its kin go by.
pub fn assert_junit(path: &Path) {
    let Some(xmllint) = parts::program("xmllint") else { return };
    let schema = parts::fixture("junit/junit.xsd");
    let output =
        Command::new(xmllint).args(["--noout", "--schema"]).arg(schema).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn document() -> Document {
    let mut document = sample::tuned();
    document.run.workload.name = format!("shop {HOSTILE}");
    if let Some(after) = &mut document.after {
        after.workload.name = document.run.workload.name.clone();
        after.workload.source = "sql/a,b:c.sql".to_owned();
    }
    let comparison = document.comparison.as_mut().unwrap();
    comparison.method = Method::Sequential;
    let query = &mut comparison.queries[0];
    query.query = HOSTILE.to_owned();
    query.verdict = Verdict::Regressed;
    let cause = Cause::PlanChanged { rows: Vec::new() };
    query.signals = vec![Signal::new(Level::Warning, format!("changed {HOSTILE}"), cause)];
    comparison.queries[1].verdict = Verdict::Inconclusive;
    document
}

fn failed() -> Gate {
    Gate::Failed(vec![format!("{HOSTILE} is slower")])
}

fn well_formed(xml: &str) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("junit.xml");
    std::fs::write(&path, xml).unwrap();
    assert_junit(&path);
}

#[test]
fn junit_is_valid_whatever_the_names_are() {
    let (document, gate) = (document(), failed());
    let xml = junit(&Verdicts::of(&document, &gate).unwrap()).unwrap();
    well_formed(&xml);
    assert!(xml.contains("<failure ") && xml.contains("<skipped "), "{xml}");
    assert!(xml.contains("failures=\"2\""), "{xml}");
    let mut unsteady = document.clone();
    unsteady.comparison.as_mut().unwrap().self_check = Some(SelfCheck {
        passed: false,
        compared: 3,
        failures: vec![HOSTILE.to_owned()],
        smallest_effect: None,
    });
    let gate = Gate::Undecided(vec!["no gate".to_owned()]);
    let xml = junit(&Verdicts::of(&unsteady, &gate).unwrap()).unwrap();
    well_formed(&xml);
    assert!(xml.contains("<error ") && xml.contains("type=\"self-check\""), "{xml}");
}

#[test]
fn annotations_stay_on_their_lines() {
    let (document, gate) = (document(), failed());
    let text = annotations(&Verdicts::of(&document, &gate).unwrap());
    assert!(text.starts_with("::error file=sql/a%2Cb%3Ac.sql,line="), "{text}");
    assert!(
        text.lines().all(|l| l.starts_with("::error ") || l.starts_with("::warning ")),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn code_quality_is_json_with_stable_fingerprints() {
    let (document, gate) = (document(), failed());
    let verdicts = Verdicts::of(&document, &gate).unwrap();
    let text = code_quality(&verdicts).unwrap();
    let issues: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema = serde_json::json!({
        "type": "array", "minItems": 1,
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string"},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object", "required": ["path", "lines"],
                    "properties": {"lines": {"type": "object", "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}}}}
                }
            }
        }
    });
    assert!(jsonschema::is_valid(&schema, &issues), "{text}");
    assert_eq!(code_quality(&verdicts).unwrap(), text);
}

#[test]
fn metrics_have_one_line_each_and_an_end() {
    let (document, gate) = (document(), failed());
    let text = open_metrics(&Verdicts::of(&document, &gate).unwrap());
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.starts_with("planwise_"), "{line}");
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
    }
    let types: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
    let unique: std::collections::HashSet<&&str> = types.iter().collect();
    assert_eq!(types.len(), unique.len());
}

#[test]
fn a_comment_fits_with_five_thousand_queries() {
    let mut document = document();
    let comparison = document.comparison.as_mut().unwrap();
    let query = |n: usize| {
        let verdict = if n.is_multiple_of(7) { Verdict::Regressed } else { Verdict::Unchanged };
        QueryComparison::new(format!("query {n} {}", "x".repeat(60)), 1.0, verdict)
    };
    comparison.queries.extend((0..5_000).map(query));
    let gate = failed();
    let text = comment(&Verdicts::of(&document, &gate).unwrap());
    assert!(text.chars().count() <= LONGEST_COMMENT, "{}", text.chars().count());
    assert!(text.contains("more are in the report") && text.contains("</details>"));
    assert!(!text.contains("<b>"), "markup of a name");
}
