//! The values that queries name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::run::planned_sets;
use crate::workload::Workload;

static LITERAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"'((?:[^']|'')*)'|\b(\d+(?:\.\d+)?)\b").expect("a valid pattern"));

/// Literals of the statements, as they are written, and parameters.
pub fn named_values(workload: &Workload) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for query in &workload.queries {
        for found in LITERAL.captures_iter(&query.sql) {
            let text = found.get(1).or(found.get(2)).map_or("", |text| text.as_str());
            named.insert(text.replace("''", "'"));
        }
        named.extend(planned_sets(query).into_iter().flatten().flatten());
    }
    named
}
