//! Findings that a workload asks not to be told of: names that are none are refused, and what became of each is said.

use anyhow::Result;

use super::InputError;
use crate::rule::{Ignored, RuleSet, unknown_ignores};
use crate::workload::Workload;

/// A rule that does not exist is a slip of the pen: whoever wrote it would be told all the same.
pub fn refuse_unknown(workload: &Workload, rules: &RuleSet) -> Result<()> {
    for query in &workload.queries {
        if let Some((line, what)) = unknown_ignores(query.ignores.iter(), rules).first() {
            let file = query.file.display();
            return Err(InputError::new(format!("{file}:{line}: {what}")).into());
        }
    }
    Ok(())
}

/// A sentence for each.
pub fn sentences(ignored: &[Ignored]) -> Vec<String> {
    let sentence = |one: &Ignored| {
        let Ignored { rule, query, reason, line, message } = one;
        match message {
            Some(_) => {
                format!("Not told, as line {line} asks: {rule} of {query}, because {reason}")
            }
            None => format!(
                "Line {line} ignores {rule}, which has nothing to say of {query}: the comment can go"
            ),
        }
    };
    ignored.iter().map(sentence).collect()
}
