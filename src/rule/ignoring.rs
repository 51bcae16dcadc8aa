//! Findings that the file of a query asks not to be told of.

use super::nearest::nearest;
use super::{Ignored, Judgement, Rule, RuleSet};
use crate::run::Run;

/// Takes out what is to be ignored, and keeps what became of each request.
pub fn ignore(mut judgement: Judgement, run: &Run) -> Judgement {
    for query in &run.queries {
        for wanted in &query.ignores {
            let about = |finding: &super::Finding| {
                finding.rule == wanted.rule && finding.query.as_ref() == Some(&query.id)
            };
            let found = judgement.findings.iter().find(|finding| about(finding));
            judgement.ignored.push(Ignored {
                rule: wanted.rule.clone(),
                query: query.id.clone(),
                reason: wanted.reason.clone(),
                line: wanted.line,
                message: found.map(|finding| finding.message.clone()),
            });
            judgement.findings.retain(|finding| !about(finding));
        }
    }
    judgement
}

/// Names in a workload that are those of no rule: line, name and the name that was perhaps meant.
pub fn unknown_ignores<'w>(
    ignores: impl Iterator<Item = &'w crate::workload::Ignore>,
    rules: &RuleSet,
) -> Vec<(usize, String)> {
    let unknown = ignores.filter(|ignore| rules.rule(&ignore.rule).is_none());
    let sentence = |ignore: &crate::workload::Ignore| {
        let near = nearest(&ignore.rule, rules.rules().iter().map(Rule::id));
        let hint = near.map_or("planwise rules list names them all".to_owned(), |name| {
            format!("did you mean {name}?")
        });
        (ignore.line, format!("ignores {:?}, which is no rule; {hint}", ignore.rule))
    };
    unknown.map(sentence).collect()
}
