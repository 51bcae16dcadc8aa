//! GitHub: annotations as workflow commands, and the job summary.

use super::{Standing, Verdicts, comment};
use crate::report::text::{one_line, shortened};

/// The service shows ten of a kind for each step.
const MOST: usize = 10;
const LONGEST: usize = 600;

/// One line for each thing that did not pass: printed by the job, it shows beside the workload's file.
pub fn annotations(verdicts: &Verdicts<'_>) -> String {
    let file = property(&verdicts.run.workload.source);
    let mut text = String::new();
    if verdicts.refused() {
        let reasons = verdicts.reasons().join("; ");
        text.push_str(&format!("::error title=planwise: no gate::{}\n", message(&reasons)));
        return text;
    }
    for standing in [Standing::Failed, Standing::Warned] {
        let word = if standing == Standing::Failed { "error" } else { "warning" };
        let told = verdicts.told();
        for told in told.iter().filter(|told| told.standing == standing).take(MOST) {
            let title = property(&format!("planwise: {}", told.query.query));
            let line = told.line;
            let said = message(&told.sentence);
            text.push_str(&format!("::{word} file={file},line={line},title={title}::{said}\n"));
        }
    }
    text
}

/// Markdown for the page of the job.
pub fn summary(verdicts: &Verdicts<'_>) -> String {
    comment(verdicts)
}

/// The escapes of workflow commands: a command ends at the line's end.
pub fn message(text: &str) -> String {
    shortened(&one_line(text), LONGEST)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// In a property, the separators as well.
pub fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_begin_a_command_or_another_property() {
        assert_eq!(property("a\n::error::x,y=100%"), "a %3A%3Aerror%3A%3Ax%2Cy=100%25");
        assert_eq!(message("50 %\r\nof it: a, b"), "50 %25 of it: a, b");
    }
}
