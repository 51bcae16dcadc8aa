//! GitHub annotations of findings, on the lines they are about.

use super::Located;
use super::job::{message, property};
use crate::rule::Severity;

/// The service shows ten of a kind for each step.
const MOST: usize = 10;

/// One line each, the worst first; what is folded away in the report is left out.
pub fn finding_notes(found: &[Located<'_>]) -> String {
    let mut text = String::new();
    for (word, severities) in [
        ("error", &[Severity::High][..]),
        ("warning", &[Severity::Medium]),
        ("notice", &[Severity::Low]),
    ] {
        let shown = found.iter().filter(|one| {
            !one.finding.minor && severities.contains(&one.finding.severity) && !one.file.is_empty()
        });
        for one in shown.take(MOST) {
            let title = property(&format!("planwise: {}", one.finding.rule));
            let (file, line) = (property(one.file), one.line);
            let said = message(&one.finding.message);
            text.push_str(&format!("::{word} file={file},line={line},title={title}::{said}\n"));
        }
    }
    text
}
