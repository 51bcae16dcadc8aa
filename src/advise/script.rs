//! `advice.sql`: everything proposed as statements that run as they are, each with its reason, and
//! the way back beside it.

use super::{Advice, DropAdvice, IndexAdvice, Outcome, SettingAdvice, StatisticsAdvice};

/// Statements in the order they should run. Changes that were tried and did not help are left out.
pub fn advice_sql(advice: &Advice) -> String {
    let mut script = String::new();
    comment(
        &mut script,
        "Advice by planwise. Each statement can be run by itself; nothing here runs in a transaction.",
    );
    if advice.is_empty() {
        comment(&mut script, "Nothing worth changing.");
    }
    for note in &advice.notes {
        comment(&mut script, note);
    }
    for first in extensions(advice) {
        section(&mut script, &["Needed by an index below."], &first);
    }
    advice.indexes.iter().filter(|i| stands(&i.outcome)).for_each(|i| index(&mut script, i));
    advice
        .statistics
        .iter()
        .filter(|s| stands(&s.outcome))
        .for_each(|s| statistics(&mut script, s));
    advice.settings.iter().filter(|s| stands(&s.outcome)).for_each(|s| setting(&mut script, s));
    advice.drops.iter().filter(|d| stands(&d.outcome)).for_each(|d| drop(&mut script, d));
    undo_section(&mut script, advice);
    script
}

/// The statements that take everything back, in reverse order, ready to run.
pub fn undo_sql(advice: &Advice) -> String {
    let mut script = String::new();
    for statement in undos(advice) {
        script.push_str(&terminated(&statement));
        script.push('\n');
    }
    script
}

fn stands(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Proposed | Outcome::Kept { .. })
}

/// Each once, in the order of need.
fn extensions(advice: &Advice) -> Vec<String> {
    let mut needed: Vec<String> = Vec::new();
    for index in advice.indexes.iter().filter(|index| stands(&index.outcome)) {
        if let Some(requires) = &index.requires
            && !needed.contains(requires)
        {
            needed.push(requires.clone());
        }
    }
    needed
}

fn index(script: &mut String, index: &IndexAdvice) {
    let size = index.size_bytes.map(|bytes| format!("About {}.", size_text(bytes)));
    let measured = match &index.outcome {
        Outcome::Kept { ratio } => {
            Some(format!("Measured: the best query takes {ratio:.2} of its time before."))
        }
        _ => None,
    };
    let lines: Vec<&str> = [Some(&index.why), size.as_ref(), measured.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    section(script, &lines, &index.ddl);
}

fn statistics(script: &mut String, statistics: &StatisticsAdvice) {
    section(script, &[&format!("{} [{}]", statistics.why, statistics.rule)], &statistics.statement);
}

fn setting(script: &mut String, setting: &SettingAdvice) {
    let mut lines = vec![
        format!("{} [{}]", setting.why, setting.rule),
        format!("{}: from {} to {}.", setting.name, setting.from, setting.to),
    ];
    if setting.needs_restart {
        lines.push("Takes effect after a restart of the server.".to_owned());
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    section(script, &lines, &setting.statement);
}

fn drop(script: &mut String, drop: &DropAdvice) {
    let size = format!("Frees {}.", size_text(drop.size_bytes));
    section(script, &[&drop.why, &size], &drop.ddl);
}

fn undo_section(script: &mut String, advice: &Advice) {
    let undos = undos(advice);
    if undos.is_empty() {
        return;
    }
    script.push('\n');
    comment(script, "The way back: remove the two dashes in front of what you want to undo.");
    for statement in undos {
        comment(script, &terminated(&statement));
    }
}

fn undos(advice: &Advice) -> Vec<String> {
    let drops = advice.drops.iter().filter(|d| stands(&d.outcome)).map(|d| d.undo.clone());
    let settings = advice.settings.iter().filter(|s| stands(&s.outcome)).map(|s| s.undo.clone());
    let statistics =
        advice.statistics.iter().filter(|s| stands(&s.outcome)).filter_map(|s| s.undo.clone());
    let indexes = advice.indexes.iter().filter(|i| stands(&i.outcome)).map(|i| i.undo.clone());
    let all: Vec<String> =
        indexes.chain(statistics).chain(settings).chain(drops).filter(|u| !u.is_empty()).collect();
    all.into_iter().rev().collect()
}

fn section(script: &mut String, why: &[&str], statement: &str) {
    script.push('\n');
    for line in why {
        comment(script, line);
    }
    script.push_str(&terminated(statement));
    script.push('\n');
}

/// Every line of `text` behind two dashes: whatever a name or a message holds, it stays a comment.
fn comment(script: &mut String, text: &str) {
    for line in text.split(|c: char| {
        matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    }) {
        script.push_str("-- ");
        script.push_str(line);
        script.push('\n');
    }
}

fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    if statement.ends_with(';') { statement.to_owned() } else { format!("{statement};") }
}

fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.0} {}", UNITS.get(unit).unwrap_or(&"TB"))
}
