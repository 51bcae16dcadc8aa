//! OpenMetrics text: what ails, and the vital signs, for a monitoring system.

use std::fmt::Write as _;

use crate::health::HealthReport;
use crate::rule::Severity;

/// Ends with `# EOF`, as the format demands.
pub fn open_metrics(report: &HealthReport) -> String {
    let server = &report.server;
    let labels = format!(
        "engine=\"{}\",address=\"{}\",database=\"{}\"",
        label(&server.engine),
        label(&server.address),
        label(&server.database)
    );
    let mut text = String::new();
    head(&mut text, "planwise_health_ailments", "Ailments by severity.");
    for (severity, word) in
        [(Severity::Low, "low"), (Severity::Medium, "medium"), (Severity::High, "high")]
    {
        let count = report.count(severity);
        let _ = writeln!(text, "planwise_health_ailments{{{labels},severity=\"{word}\"}} {count}");
    }
    head(&mut text, "planwise_health_places", "Places in which each ailment was found.");
    for ailment in &report.ailments {
        let (id, count) = (label(&ailment.id), ailment.places.len() + ailment.more);
        let _ = writeln!(text, "planwise_health_places{{{labels},ailment=\"{id}\"}} {count}");
    }
    for vital in &report.vitals {
        let Some(number) = vital.number else { continue };
        let name = format!("planwise_{}", vital.id);
        head(&mut text, &name, &format!("{}.", vital.label));
        let _ = writeln!(text, "{name}{{{labels}}} {number}");
    }
    head(&mut text, "planwise_health_hidden", "Things this login could not see.");
    let _ = writeln!(text, "planwise_health_hidden{{{labels}}} {}", report.hidden.len());
    text.push_str("# EOF\n");
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = write!(text, "# TYPE {name} gauge\n# HELP {name} {help}\n");
}

/// The escapes of a label's value.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
