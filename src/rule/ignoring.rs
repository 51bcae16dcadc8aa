//! Findings that the file of a query, or `planwise.toml`, asks not to be told of.

use super::nearest::nearest;
use super::select::fold;
use super::{Finding, Ignored, Judgement, Rule, RuleSet};
use crate::run::Run;
use crate::workload::{Ignore, WideIgnore};

/// Takes out what is to be ignored, and keeps what became of each request.
pub fn ignore(mut judgement: Judgement, run: &Run) -> Judgement {
    judgement.ignored = requests(run).map(|request| request.untold()).collect();
    silence(&mut judgement.findings, &mut judgement.ignored, run);
    judgement
}

/// Takes out of `findings` what is to be ignored: of more findings on a run that was judged already, whose `ignored` these are.
pub fn silence(findings: &mut Vec<Finding>, ignored: &mut [Ignored], run: &Run) {
    let before = findings.len();
    for (request, ignored) in requests(run).zip(ignored) {
        let said = take_out(findings, |finding| request.is_about(finding));
        ignored.message = ignored.message.take().or(said);
    }
    // What was folded away behind them comes forward.
    if findings.len() < before {
        fold(findings);
    }
}

/// Who asks for silence, and about what.
enum Request<'r> {
    Query(&'r str, &'r Ignore),
    Wide(&'r WideIgnore),
}

/// In the order in which they stand in the files.
fn requests(run: &Run) -> impl Iterator<Item = Request<'_>> {
    let of_queries = run.queries.iter().flat_map(|query| {
        query.ignores.iter().map(move |ignore| Request::Query(query.id.as_str(), ignore))
    });
    of_queries.chain(run.workload.ignores.iter().map(Request::Wide))
}

impl Request<'_> {
    fn is_about(&self, finding: &Finding) -> bool {
        match self {
            Request::Query(query, ignore) => {
                finding.rule == ignore.rule && finding.query.as_deref() == Some(*query)
            }
            Request::Wide(ignore) => {
                let fits =
                    |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
                finding.rule == ignore.rule
                    && fits(&ignore.query, &finding.query)
                    && fits(&ignore.subject, &finding.subject)
            }
        }
    }

    fn untold(&self) -> Ignored {
        let (rule, query, reason, file, line) = match self {
            Request::Query(query, one) => {
                (&one.rule, Some((*query).to_owned()), &one.reason, None, one.line)
            }
            Request::Wide(one) => {
                (&one.rule, one.query.clone(), &one.reason, Some(one.file.clone()), one.line)
            }
        };
        let (rule, reason) = (rule.clone(), reason.clone());
        Ignored { rule, query, reason, file, line, message: None }
    }
}

/// What the first of them said.
fn take_out(findings: &mut Vec<Finding>, about: impl Fn(&Finding) -> bool) -> Option<String> {
    let said = findings.iter().find(|finding| about(finding));
    let said = said.map(|finding| finding.message.clone());
    findings.retain(|finding| !about(finding));
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
