//! The cases of a site's own rules: plans in `FOLDER/cases/ID/`, on which the rule speaks (`fires-*`) or is silent
//! (`silent-*`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::plan_input;
use crate::plan::measure;
use crate::rule::{Problem, Rule, RuleSet, judge_plan};

/// Where the cases of rule `id` lie.
pub fn folder(rules: &Path, id: &str) -> PathBuf {
    rules.join("cases").join(id)
}

/// What was tried, and what did not come out as its name says.
#[derive(Debug, Default)]
pub struct Tried {
    pub cases: usize,
    pub problems: Vec<Problem>,
}

/// Tries every case of the rules in `dir`, which load.
pub fn tried(dir: &Path) -> Result<Tried> {
    let set = RuleSet::load(&[dir.to_path_buf()])?;
    let mut tried = Tried::default();
    for rule in set.rules().iter().filter(|rule| !rule.built_in) {
        let folder = folder(dir, rule.id());
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.is_file()) {
            tried.cases += 1;
            tried.problems.extend(problem(rule, &set, path));
        }
    }
    Ok(tried)
}

fn problem(rule: &Rule, set: &RuleSet, path: &Path) -> Option<Problem> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let wrong = |message: String| Some(Problem::new(path, 1, message));
    let expected = match name.split('-').next() {
        Some("fires") => true,
        Some("silent") => false,
        _ => return wrong("a case is called fires-… or silent-…".to_owned()),
    };
    match said(rule, set, path) {
        Err(error) => wrong(format!("{error:#}")),
        Ok((Some(message), _)) if !expected => wrong(format!("{} speaks: {message}", rule.id())),
        Ok((None, reason)) if expected => {
            let reason = reason.unwrap_or_else(|| "its condition does not hold".to_owned());
            wrong(format!("{} is silent: {reason}", rule.id()))
        }
        Ok(_) => None,
    }
}

/// What the rule, alone, says of the plan, or why it could not look.
fn said(rule: &Rule, set: &RuleSet, path: &Path) -> Result<(Option<String>, Option<String>)> {
    let text = plan_input::read(path)?;
    let (plan, engine) = plan_input::parse(&text, path, None)?;
    let alone = set.only(|other| other.id() == rule.id());
    let judgement = judge_plan(&plan, &measure(&plan), None, &alone, engine);
    let message = judgement.findings.first().map(|finding| finding.message.clone());
    Ok((message, judgement.cannot_judge.first().map(|one| one.reason.clone())))
}
