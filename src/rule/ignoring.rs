//! Findings that the file of a query, or `planwise.toml`, asks not to be told of.

use super::nearest::nearest;
use super::{Finding, Ignored, Judgement, Rule, RuleSet};
use crate::run::Run;

/// Takes out what is to be ignored, and keeps what became of each request.
pub fn ignore(mut judgement: Judgement, run: &Run) -> Judgement {
    for query in &run.queries {
        for wanted in &query.ignores {
            let about = |finding: &Finding| {
                finding.rule == wanted.rule && finding.query.as_ref() == Some(&query.id)
            };
            let message = take_out(&mut judgement, about);
            let (rule, reason, line) = (wanted.rule.clone(), wanted.reason.clone(), wanted.line);
            let query = Some(query.id.clone());
            judgement.ignored.push(Ignored { rule, query, reason, file: None, line, message });
        }
    }
    for wanted in &run.workload.ignores {
        let fits = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        let about = |finding: &Finding| {
            finding.rule == wanted.rule
                && fits(&wanted.query, &finding.query)
                && fits(&wanted.subject, &finding.subject)
        };
        let message = take_out(&mut judgement, about);
        judgement.ignored.push(Ignored {
            rule: wanted.rule.clone(),
            query: wanted.query.clone(),
            reason: wanted.reason.clone(),
            file: Some(wanted.file.clone()),
            line: wanted.line,
            message,
        });
    }
    judgement
}

/// What the first of them said.
fn take_out(judgement: &mut Judgement, about: impl Fn(&Finding) -> bool) -> Option<String> {
    let said = judgement.findings.iter().find(|finding| about(finding));
    let said = said.map(|finding| finding.message.clone());
    judgement.findings.retain(|finding| !about(finding));
    said
}

/// Names of `wanted` rules that are those of no rule: line, and the name that was perhaps meant.
pub fn unknown_ignores<'w>(
    wanted: impl Iterator<Item = (usize, &'w str)>,
    rules: &RuleSet,
) -> Vec<(usize, String)> {
    let unknown = wanted.filter(|(_, name)| rules.rule(name).is_none());
    let sentence = |(line, name): (usize, &str)| {
        let near = nearest(name, rules.rules().iter().map(Rule::id));
        let hint = near.map_or("planwise rules list names them all".to_owned(), |name| {
            format!("did you mean {name}?")
        });
        (line, format!("ignores {name:?}, which is no rule; {hint}"))
    };
    unknown.map(sentence).collect()
}
