//! The JSON Schemas are current, and what is written conforms to them.

use std::fs;
use std::path::PathBuf;

use planwise::report::terminal::{Format, show};

use super::terminal::PLAIN;
use planwise::report::{schemas, write};
use serde_json::Value;
use tempfile::TempDir;

use super::sample;

fn checked_in(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reports/schema").join(name)
}

/// `UPDATE=1 cargo test --test integration report::schema` writes them anew.
#[test]
fn schemas_are_current() {
    for (name, schema) in schemas() {
        let path = checked_in(name);
        let current = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &current).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == current, "{name} is out of date: run this test with UPDATE=1");
    }
}

fn problems(schema: &str, document: &Value) -> Vec<String> {
    let text = fs::read_to_string(checked_in(schema)).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn every_written_file_conforms() {
    let folder = TempDir::new().unwrap();
    write(&sample::tuned(), folder.path()).unwrap();
    let pairs = [
        ("run.json", "run.schema.json"),
        ("run-after.json", "run.schema.json"),
        ("findings.json", "findings.schema.json"),
        ("advice.json", "advice.schema.json"),
        ("comparison.json", "comparison.schema.json"),
    ];
    for (file, schema) in pairs {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problems(schema, &document), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn the_document_of_format_json_conforms_and_a_broken_one_does_not() {
    let mut printed = Vec::new();
    show(&sample::tuned(), Format::Json, PLAIN, None, &mut printed).unwrap();
    let mut document: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(problems("report.schema.json", &document), Vec::<String>::new());
    document["run"]["queries"][0]["weight"] = Value::from("heavy");
    assert_eq!(problems("report.schema.json", &document).len(), 1);
}
