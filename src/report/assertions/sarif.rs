//! SARIF 2.1.0: what editors and code scanning show beside the lines of the query file.

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::sentence::sentence;
use crate::report::machines::sarif_uri;
use crate::snapshot::assertion::{Assertion, Assertions, Standing};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const RULE: &str = "plan-expectation";

pub fn sarif(assertions: &Assertions) -> Result<String> {
    let told = assertions.assertions.iter().filter(|one| one.standing != Standing::Holds);
    let results: Vec<_> = told.map(result).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "planwise",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": [{
                    "id": RULE,
                    "shortDescription": { "text": "A plan is not as expected, or nearly not" },
                }],
            }},
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn result(one: &Assertion) -> serde_json::Value {
    let level = match one.standing {
        Standing::Fails | Standing::Unplanned => "error",
        _ => "warning",
    };
    let digest = Sha256::digest(format!("{}\0{}", one.query, one.expectation));
    let fingerprint: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": level,
        "message": { "text": format!("{}: {}", one.query, sentence(one)) },
        "partialFingerprints": { "planwise/v1": fingerprint },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": sarif_uri(&one.file) },
                "region": { "startLine": one.line.max(1) },
            },
        }],
    })
}
