//! `advice.sql`: the changes as one runnable script, each with its reason and its undo.

use std::fmt::Write as _;

use anyhow::Result;

use super::format;
use super::redact::PLACEHOLDER;
use super::text::{visible, wrapped};
use super::{Document, Exporter};
use crate::advise::{
    Advice, DropAdvice, IndexAdvice, Outcome, Rehearsal, SettingAdvice, SettingTrial,
};

pub(super) struct AdviceSql;

/// `undo.sql`: what takes back `advice.sql`, last made, first undone.
pub(super) struct UndoSql;

impl Exporter for UndoSql {
    fn file_name(&self) -> &'static str {
        "undo.sql"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        let mut sql = String::new();
        comment(
            &mut sql,
            &format!(
                "Takes back what advice.sql does for workload {}, in reverse order. Run one at a time, outside a \
                 transaction, and leave out what you have not run.",
                document.run.workload.name
            ),
        );
        let sections = sections(&document.advice);
        let entries = sections.iter().flat_map(|(_, entries)| entries);
        let made: Vec<&Entry<'_>> =
            entries.filter(|entry| standing(entry, document.redact).runnable).collect();
        for entry in made.iter().rev() {
            let Some(undo) = entry.undo.filter(|undo| !undo.trim().is_empty()) else { continue };
            sql.push('\n');
            comment(&mut sql, &entry.heading);
            match document.redact && undo.contains(PLACEHOLDER) {
                true => commented(&mut sql, "put the literals back: ", undo),
                false => statement(&mut sql, undo),
            }
        }
        for left in &document.advice.shortfalls {
            if left.statements.is_empty() {
                continue;
            }
            sql.push('\n');
            comment(&mut sql, &left.message);
            left.statements.iter().for_each(|text| statement(&mut sql, text));
        }
        Ok(sql.into_bytes())
    }
}

const COMMENT_WIDTH: usize = 96;

/// One change, whatever its kind.
struct Entry<'a> {
    heading: String,
    why: &'a str,
    requires: Option<&'a str>,
    statement: &'a str,
    undo: Option<&'a str>,
    outcome: &'a Outcome,
    caution: Option<String>,
    /// What the ratio of a kept one is of.
    measured: &'static str,
    /// Command lines that do the same, each to be copied as it stands.
    commands: Vec<String>,
}

const ON_BEST: &str = "on its best query";

/// That nobody looked is something else than that nothing was found.
fn nothing(advice: &Advice) -> String {
    match advice.shortfalls.first() {
        Some(shortfall) => format!("There is no statement to run: {}", shortfall.message),
        None => "Nothing worth changing: there is no statement to run.".to_owned(),
    }
}

impl Exporter for AdviceSql {
    fn file_name(&self) -> &'static str {
        "advice.sql"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        let mut sql = header(document);
        let sections = sections(&document.advice);
        if document.advice.is_empty() {
            comment(&mut sql, &nothing(&document.advice));
        }
        for (title, entries) in sections.iter().filter(|(_, entries)| !entries.is_empty()) {
            let _ = writeln!(sql, "\n-- ==== {title} ====");
            for entry in entries {
                write_entry(&mut sql, entry, document.redact);
            }
        }
        write_layout(&mut sql, &document.advice);
        Ok(sql.into_bytes())
    }
}

fn header(document: &Document) -> String {
    let run = &document.run;
    let mut sql = String::new();
    comment(&mut sql, &format!("Advice for workload {}", run.workload.name));
    comment(&mut sql, &format!("on {} {}", run.server.engine, run.server.version));
    comment(
        &mut sql,
        &format!("written by planwise {} on {}", run.planwise, run.finished.strftime("%Y-%m-%d")),
    );
    comment(
        &mut sql,
        "Each statement stands alone: run one at a time, outside a transaction, and measure again. \
         Below each stands the statement that takes it back.",
    );
    sql
}

fn sections(advice: &Advice) -> [(&'static str, Vec<Entry<'_>>); 4] {
    [
        ("Statistics", statistics(advice)),
        ("Indexes to create", indexes(advice)),
        ("Indexes to drop", drops(advice)),
        ("Settings", settings(advice)),
    ]
}

fn statistics(advice: &Advice) -> Vec<Entry<'_>> {
    advice
        .statistics
        .iter()
        .map(|item| Entry {
            heading: item.rule.clone(),
            why: &item.why,
            requires: None,
            statement: &item.statement,
            undo: item.undo.as_deref(),
            outcome: &item.outcome,
            caution: None,
            measured: ON_BEST,
            commands: Vec::new(),
        })
        .collect()
}

fn indexes(advice: &Advice) -> Vec<Entry<'_>> {
    let size = |bytes| format!("Takes about {}.", format::bytes(bytes as f64));
    advice
        .indexes
        .iter()
        .map(|index| Entry {
            heading: format!("{} on {}", index.name, index.table),
            why: &index.why,
            requires: index.requires.as_deref(),
            statement: &index.ddl,
            undo: Some(&index.undo),
            outcome: &index.outcome,
            caution: join(index.size_bytes.map(size), online(index)),
            measured: ON_BEST,
            commands: commands(index),
        })
        .collect()
}

fn drops(advice: &Advice) -> Vec<Entry<'_>> {
    advice
        .drops
        .iter()
        .map(|drop| Entry {
            heading: format!("{} on {}", drop.index, drop.table),
            why: &drop.why,
            requires: None,
            statement: &drop.ddl,
            undo: Some(&drop.undo),
            outcome: &drop.outcome,
            caution: Some(freed(drop)),
            measured: ON_BEST,
            commands: Vec::new(),
        })
        .collect()
}

fn join(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first} {second}")),
        (first, second) => first.or(second),
    }
}

/// The table is large: the statement may take hours, and programs can pause and give up without harm.
fn online(index: &IndexAdvice) -> Option<String> {
    let refusals = index.online.iter().filter(|change| !change.obstacles.is_empty());
    let refusals: Vec<String> = refusals
        .map(|change| format!("{} would refuse: {}.", change.program, change.obstacles.join("; ")))
        .collect();
    let able = index.online.len() > refusals.len();
    let below = if able { " As an online change, by one of the command lines below." } else { "" };
    (!index.online.is_empty()).then(|| {
        let refusals: String = refusals.iter().map(|refusal| format!(" {refusal}")).collect();
        format!("The table is large.{below}{refusals}")
    })
}

fn commands(index: &IndexAdvice) -> Vec<String> {
    let able = index.online.iter().filter(|change| change.obstacles.is_empty());
    able.map(|change| change.command.clone()).collect()
}

fn freed(drop: &DropAdvice) -> String {
    let frees = format!("Frees {}.", format::bytes(drop.size_bytes as f64));
    match &drop.rehearsal {
        None => frees,
        Some(Rehearsal { hide, show }) => {
            format!(
                "{frees} Some days before, take it out of sight: {hide} Should anything get slower: {show}"
            )
        }
    }
}

fn settings(advice: &Advice) -> Vec<Entry<'_>> {
    advice
        .settings
        .iter()
        .map(|setting| Entry {
            heading: format!("{}: {} -> {}", setting.name, setting.from, setting.to),
            why: &setting.why,
            requires: None,
            statement: &setting.statement,
            undo: Some(&setting.undo),
            outcome: &setting.outcome,
            caution: caution(setting),
            measured: match &setting.trial {
                Some(SettingTrial::Measured(_)) => "for the whole workload",
                _ => ON_BEST,
            },
            commands: Vec::new(),
        })
        .collect()
}

fn caution(setting: &SettingAdvice) -> Option<String> {
    let restart = setting.needs_restart.then(|| "Needs a restart of the server.".to_owned());
    let trial = setting.trial.as_ref().map(|trial| format!("Alone, {}.", trial.words()));
    let parts: Vec<String> = restart.into_iter().chain(trial).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Sketches: no line of them runs.
fn write_layout(sql: &mut String, advice: &Advice) {
    for (place, change) in advice.layout.iter().enumerate() {
        if place == 0 {
            let _ = writeln!(sql, "\n-- ==== Data laid out otherwise (structural: sketches) ====");
        }
        sql.push('\n');
        comment(sql, &change.title());
        comment(sql, &format!("{}.", change.evidence));
        comment(sql, &change.estimate);
        if let Some(trial) = &change.trial {
            comment(sql, &trial.words());
        }
        comment(sql, &format!("Mind: {}", change.caution));
        change.statements.iter().for_each(|statement| commented(sql, "sketch: ", statement));
        change.undo.iter().for_each(|statement| commented(sql, "undo: ", statement));
    }
}

fn write_entry(sql: &mut String, entry: &Entry, redact: bool) {
    sql.push('\n');
    comment(sql, &entry.heading);
    comment(sql, entry.why);
    if let Some(caution) = &entry.caution {
        comment(sql, caution);
    }
    for command in &entry.commands {
        commented(sql, "", command);
    }
    let standing = standing(entry, redact);
    if let Some(note) = &standing.note {
        comment(sql, note);
    }
    for text in entry.requires.into_iter().chain([entry.statement]) {
        if standing.runnable { statement(sql, text) } else { commented(sql, "", text) }
    }
    if let Some(undo) = entry.undo {
        commented(sql, "undo: ", undo);
    }
}

/// Whether a statement is to be run, and what a reader must know of it.
struct Standing {
    runnable: bool,
    note: Option<String>,
}

fn standing(entry: &Entry, redact: bool) -> Standing {
    let off = |note: String| Standing { runnable: false, note: Some(note) };
    match entry.outcome {
        Outcome::Dropped { reason } => off(format!("TRIED AND TAKEN BACK: {reason}")),
        Outcome::Failed { error } => off(format!("FAILED WHEN IT WAS TRIED: {error}")),
        _ if redact && entry.statement.contains(PLACEHOLDER) => {
            off("REDACTED: put the literals back before you run it.".to_owned())
        }
        Outcome::Kept { ratio } => Standing {
            runnable: true,
            note: Some(format!("Measured: {} {}.", format::speedup(*ratio), entry.measured)),
        },
        Outcome::Unproven => {
            Standing { runnable: true, note: Some("Not yet proven: the time was over.".to_owned()) }
        }
        Outcome::Proposed => Standing { runnable: true, note: None },
    }
}

fn statement(sql: &mut String, text: &str) {
    let text = text.trim_end();
    let end = if text.ends_with(';') { "" } else { ";" };
    let _ = writeln!(sql, "{text}{end}");
}

/// Statements behind comment marks, line by line as they are.
fn commented(sql: &mut String, label: &str, text: &str) {
    for (index, line) in visible(text.trim_end()).lines().enumerate() {
        let _ = writeln!(sql, "-- {}{line}", if index == 0 { label } else { "" });
    }
}

/// Prose behind comment marks. No character of it can end the comment.
fn comment(sql: &mut String, text: &str) {
    for line in wrapped(&visible(text), COMMENT_WIDTH) {
        let _ = writeln!(sql, "-- {line}");
    }
}
