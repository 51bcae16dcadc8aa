//! OpenMetrics text: medians, ratios and verdicts for a monitoring system.

use std::fmt::Write as _;

use super::Verdicts;
use crate::compare::{Gate, QueryComparison, Verdict};

/// Name, help, and the value of one query.
type Family<'f> = (&'f str, &'f str, &'f dyn Fn(&QueryComparison) -> Option<f64>);

/// Ends with `# EOF`, as the format demands.
pub fn open_metrics(verdicts: &Verdicts<'_>) -> String {
    let mut text = String::new();
    let workload = format!("workload=\"{}\"", label(&verdicts.run.workload.name));
    let families: [Family<'_>; 4] = [
        ("planwise_query_seconds", "Median service time of the later run.", &|query| {
            Some(query.after.as_ref()?.typical_ms()[1] / 1e3)
        }),
        ("planwise_query_baseline_seconds", "Median service time of the baseline.", &|query| {
            Some(query.before.as_ref()?.typical_ms()[1] / 1e3)
        }),
        ("planwise_query_ratio", "Later time over baseline; above 1 is slower.", &|query| {
            query.ratio
        }),
        ("planwise_query_blocks", "Blocks that one execution touches.", &|query| {
            Some(query.after.as_ref()?.blocks? as f64)
        }),
    ];
    for (name, help, value) in families {
        head(&mut text, name, help);
        for query in &verdicts.comparison.queries {
            if let Some(value) = value(query).filter(|value| value.is_finite()) {
                let query = label(&query.query);
                let _ = writeln!(text, "{name}{{{workload},query=\"{query}\"}} {value}");
            }
        }
    }
    verdict_states(&mut text, verdicts, &workload);
    whole(&mut text, verdicts, &workload);
    text.push_str("# EOF\n");
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let unit =
        if name.ends_with("_seconds") { format!("# UNIT {name} seconds\n") } else { String::new() };
    let _ = write!(text, "# TYPE {name} gauge\n{unit}# HELP {name} {help}\n");
}

fn verdict_states(text: &mut String, verdicts: &Verdicts<'_>, workload: &str) {
    const NAME: &str = "planwise_queries";
    head(text, NAME, "Queries by verdict.");
    let words = [
        (Verdict::Improved, "improved"),
        (Verdict::Regressed, "regressed"),
        (Verdict::Unchanged, "unchanged"),
        (Verdict::Inconclusive, "inconclusive"),
        (Verdict::Failed, "failed"),
    ];
    for (verdict, word) in words {
        let count = verdicts.comparison.queries.iter().filter(|q| q.verdict == verdict).count();
        let _ = writeln!(text, "{NAME}{{{workload},verdict=\"{word}\"}} {count}");
    }
}

fn whole(text: &mut String, verdicts: &Verdicts<'_>, workload: &str) {
    if let Some(ratio) = verdicts.comparison.workload_ratio.filter(|ratio| ratio.is_finite()) {
        head(text, "planwise_workload_ratio", "Weighted time of the workload over the baseline's.");
        let _ = writeln!(text, "planwise_workload_ratio{{{workload}}} {ratio}");
    }
    let passed = u8::from(*verdicts.gate == Gate::Passed);
    head(text, "planwise_gate_passed", "1 when the gate let the run pass.");
    let _ = writeln!(text, "planwise_gate_passed{{{workload}}} {passed}");
}

/// The escapes of a label's value.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_label() {
        assert_eq!(label("a\\\"}\n# EOF"), "a\\\\\\\"}\\n# EOF");
    }
}
