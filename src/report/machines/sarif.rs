//! SARIF 2.1.0: what editors and code scanning show beside the lines of a file.
//! Source: OASIS, Static Analysis Results Interchange Format, version 2.1.0.

use anyhow::Result;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Located;
use crate::report::text::one_line;
use crate::rule::{Rule, RuleSet, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One document with one run; it has no results when there is nothing to say.
pub fn sarif(found: &[Located<'_>], rules: &RuleSet) -> Result<String> {
    let named: Vec<&Rule> = rules
        .rules()
        .iter()
        .filter(|rule| found.iter().any(|one| one.finding.rule == rule.id()))
        .collect();
    let results: Vec<Value> = found.iter().map(|one| result(one, &named)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "planwise",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": named.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn descriptor(rule: &Rule) -> Value {
    let definition = &rule.definition;
    let mut descriptor = json!({
        "id": definition.id,
        "shortDescription": { "text": definition.summary },
        "fullDescription": { "text": one_line(definition.why.trim()) },
        "help": { "text": help(rule) },
        "properties": { "precision": precision(definition.confidence) },
    });
    if let Some(reference) = definition.references.first() {
        descriptor["helpUri"] = json!(reference);
    }
    descriptor
}

fn help(rule: &Rule) -> String {
    let definition = &rule.definition;
    let parts = [
        ("Why", &definition.why),
        ("Verify", &definition.verify),
        ("Undo", &definition.undo),
        ("Ignore when", &definition.ignore_when),
    ];
    let lines = parts.map(|(heading, text)| format!("{heading}: {}", one_line(text.trim())));
    lines.join("\n")
}

fn precision(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.9 => "very-high",
        c if c >= 0.7 => "high",
        c if c >= 0.5 => "medium",
        _ => "low",
    }
}

fn result(one: &Located<'_>, rules: &[&Rule]) -> Value {
    let finding = one.finding;
    let text = format!("{}\n{}", finding.message, one_line(&finding.fix));
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": text },
        "partialFingerprints": { "planwise/v1": fingerprint(one) },
        "properties": {
            "query": finding.query,
            "score": finding.score,
            "gain": finding.gain,
        },
    });
    if let Some(index) = rules.iter().position(|rule| rule.id() == finding.rule) {
        result["ruleIndex"] = json!(index);
    }
    if !one.file.is_empty() {
        result["locations"] = json!([{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(one.file) },
                "region": { "startLine": one.line.max(1) },
            },
        }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The same for the same finding wherever its lines have moved, so that the service sees it come and go.
fn fingerprint(one: &Located<'_>) -> String {
    let finding = one.finding;
    let query = finding.query.as_deref().unwrap_or_default();
    let subject = finding.subject.as_deref().unwrap_or_default();
    let digest = Sha256::digest(format!("{}\0{query}\0{subject}", finding.rule));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A path as a relative reference: what is no plain letter is written as `%xx`.
pub fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path = path.trim_start_matches("./").replace('\\', "/");
    let written = path.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    let written: String = written.collect();
    if written.starts_with('/') { format!("file://{written}") } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference_whatever_it_holds() {
        assert_eq!(uri("./queries/a b#1.sql"), "queries/a%20b%231.sql");
        assert_eq!(uri("/tmp/ä.sql"), "file:///tmp/%C3%A4.sql");
    }
}
