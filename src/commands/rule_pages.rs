//! `planwise rules pages`: a page for each rule, made from its file, and a list of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::rule_record;
use crate::cli::FileError;
use crate::report::markdown::escape::{code_span, prose, text};
use crate::report::write_atomically;
use crate::rule::{Rule, RuleSet};

/// Writes `ID.md` for every rule and `README.md` into `folder`, and returns how many rules there are.
pub fn write(set: &RuleSet, folder: &Path) -> Result<usize> {
    fs::create_dir_all(folder).map_err(|cause| FileError {
        message: format!("cannot write pages into {}", folder.display()),
        cause,
    })?;
    for rule in set.rules() {
        write_atomically(&folder.join(format!("{}.md", rule.id())), page(rule).as_bytes())?;
    }
    write_atomically(&folder.join("README.md"), list(set).as_bytes())?;
    Ok(set.rules().len())
}

fn list(set: &RuleSet) -> String {
    let mut out = "# Rules\n\nMade from the rules' files by `planwise rules pages`.\n".to_owned();
    let mut scopes: Vec<String> = set.rules().iter().map(scope).collect();
    scopes.sort();
    scopes.dedup();
    for name in scopes {
        let _ = writeln!(out, "\n## {name}\n\n| rule | what it finds |\n| --- | --- |");
        let mut rules: Vec<&Rule> = set.rules().iter().filter(|rule| scope(rule) == name).collect();
        rules.sort_by_key(|rule| rule.id());
        for rule in rules {
            let id = rule.id();
            let _ = writeln!(out, "| [{id}]({id}.md) | {} |", prose(&rule.definition.summary));
        }
    }
    out
}

/// What it looks at, in a word or two.
fn scope(rule: &Rule) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let scope = serde_json::to_value(rule.definition.scope).map(word).unwrap_or_default();
    let each = rule.definition.each.and_then(|each| serde_json::to_value(each).ok()).map(word);
    each.map_or(scope.clone(), |each| format!("{scope}: {each}"))
}

fn page(rule: &Rule) -> String {
    let definition = &rule.definition;
    let mut out = format!("# {}\n\n{}\n", text(&definition.id), prose(&definition.summary));
    let engines = match definition.engines.is_empty() {
        true => "all".to_owned(),
        false => definition.engines.join(", "),
    };
    let _ = writeln!(
        out,
        "\n| looks at | engines | evidence | gain | severity |\n| --- | --- | --- | --- | --- |\n| {} | {} | {:?} | {} | {} |",
        text(&scope(rule)),
        text(&engines),
        definition.evidence,
        text(&definition.gain),
        code_span(&definition.severity)
    );
    let _ = writeln!(
        out,
        "\n## When\n\n{}\n\n> {}",
        code_span(&definition.when),
        code_span(&definition.message)
    );
    for (heading, paragraph) in [
        ("Why it costs", &definition.why),
        ("What to do", &definition.fix),
        ("How to verify", &definition.verify),
        ("How to take it back", &definition.undo),
        ("When to ignore it", &definition.ignore_when),
    ] {
        let _ = writeln!(out, "\n## {heading}\n\n{}", prose(paragraph.trim()));
    }
    if !definition.params.is_empty() {
        let _ = writeln!(out, "\n## Parameters\n\n| name | value | why |\n| --- | --- | --- |");
        for (name, param) in &definition.params {
            let value = text(&format!("{} {}", param.value, param.unit));
            let _ = writeln!(out, "| {} | {value} | {} |", code_span(name), prose(&param.why));
        }
    }
    if !definition.supersedes.is_empty() {
        let links = definition.supersedes.iter().map(|id| format!("[{id}]({id}.md)"));
        let links = links.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "\n## Takes the place of\n\n{links}");
    }
    for reference in &definition.references {
        let _ = writeln!(out, "\n<{}>", reference.replace(['<', '>', ' ', '\n'], ""));
    }
    if rule.built_in {
        let _ =
            writeln!(out, "\n## On the project's databases\n\n{}", prose(&rule_record::told(rule)));
    }
    let file = rule.file.display().to_string();
    let _ = writeln!(out, "\nMade from {}.", code_span(&file));
    out
}
