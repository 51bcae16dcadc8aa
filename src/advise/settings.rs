//! Settings that findings ask to change: one proposal each, never against one another.

use std::collections::BTreeMap;

use crate::rule::{Action, Finding, SettingChange};

use super::{Advice, Outcome, SettingAdvice};

struct Move<'a> {
    finding: &'a Finding,
    action: &'a Action,
    change: &'a SettingChange,
    from: f64,
    to: f64,
}

/// Gathers setting changes by name. Of several in one direction the farthest wins, since each has
/// its own stop; of two directions the better founded finding wins and the other is noted.
pub fn collect(findings: &[Finding], advice: &mut Advice) {
    let mut by_name: BTreeMap<&str, Vec<Move<'_>>> = BTreeMap::new();
    for finding in findings {
        for action in &finding.actions {
            if let Some(change) = &action.setting {
                by_name.entry(&change.name).or_default().push(Move {
                    finding,
                    action,
                    change,
                    from: magnitude(&change.from).unwrap_or(0.0),
                    to: magnitude(&change.to).unwrap_or(0.0),
                });
            }
        }
    }
    for (name, moves) in by_name {
        propose(name, &moves, advice);
    }
}

fn propose(name: &str, moves: &[Move<'_>], advice: &mut Advice) {
    let Some(strongest) = moves.iter().max_by(|a, b| a.finding.score.total_cmp(&b.finding.score))
    else {
        return;
    };
    let up = strongest.to >= strongest.from;
    let (along, against): (Vec<&Move<'_>>, Vec<&Move<'_>>) =
        moves.iter().partition(|m| (m.to >= m.from) == up);
    if let Some(other) = against.first() {
        advice.notes.push(format!(
            "{name}: {} asks for the opposite of {} and is not followed.",
            other.finding.rule, strongest.finding.rule
        ));
    }
    let farthest = along.iter().copied().reduce(|best, next| {
        let farther = if up { next.to > best.to } else { next.to < best.to };
        if farther { next } else { best }
    });
    if let Some(chosen) = farthest {
        advice.settings.push(setting_advice(chosen, &along));
    }
}

fn setting_advice(chosen: &Move<'_>, along: &[&Move<'_>]) -> SettingAdvice {
    let mut queries: Vec<&str> = along
        .iter()
        .flat_map(|m| m.finding.query.iter().chain(&m.finding.queries))
        .map(String::as_str)
        .collect();
    queries.sort_unstable();
    queries.dedup();
    let whose =
        if queries.is_empty() { String::new() } else { format!(" ({})", queries.join(", ")) };
    let caution = chosen.action.caution.as_ref().map(|c| format!(". {c}")).unwrap_or_default();
    SettingAdvice {
        name: chosen.change.name.clone(),
        from: chosen.change.from.clone(),
        to: chosen.change.to.clone(),
        statement: chosen.action.statement.clone(),
        undo: chosen.action.undo.clone().unwrap_or_default(),
        needs_restart: chosen.change.needs_restart,
        rule: chosen.finding.rule.clone(),
        why: format!("{}{whose}{caution}", chosen.finding.message),
        outcome: Outcome::Proposed,
        ..SettingAdvice::default()
    }
}

/// A value with its unit as one number, so that `64MB` and `65536kB` compare as equal.
fn magnitude(value: &str) -> Option<f64> {
    let value = value.trim();
    let end = value.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'));
    let (number, unit) = value.split_at(end.unwrap_or(value.len()));
    let factor = match unit.trim() {
        "" | "B" | "ms" => 1.0,
        "kB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "TB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "us" => 0.001,
        "s" => 1000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return if matches!(value, "on" | "true" | "yes") { Some(1.0) } else { None },
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
