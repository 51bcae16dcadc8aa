//! What a change does to plans, for a terminal.

use crate::compare::PlanChanges;
use crate::printable::one_line;
use crate::report::format;
use crate::snapshot::{Effect, WhatIfQuery, WhatIfReport};

pub fn plans_text(report: &WhatIfReport, width: usize) -> String {
    let mut text = String::new();
    for query in report.queries.iter().filter(|query| query.effect != Effect::Same) {
        text.push_str(&of_query(query, width));
    }
    for note in &report.notes {
        text.push_str(&format!("note: {}\n", one_line(note)));
    }
    text.push_str(&counted(report));
    text.push('\n');
    text
}

/// `5 plans: 4 another way, …`.
pub fn counted(report: &WhatIfReport) -> String {
    format!(
        "{}: {} another way, {} at another cost, {} as before, {} without a plan",
        format::counted(report.queries.len(), "plan", "plans"),
        report.count(Effect::Changed),
        report.count(Effect::Repriced),
        report.count(Effect::Same),
        report.count(Effect::Unplanned)
    )
}

/// `cost 12 → 40`.
pub fn costs(query: &WhatIfQuery) -> String {
    match (query.cost_before, query.cost_after) {
        (Some(before), Some(after)) => {
            format!("cost {} → {}", format::count(before), format::count(after))
        }
        _ => "no plan".to_owned(),
    }
}

fn of_query(query: &WhatIfQuery, width: usize) -> String {
    let mut text = format!("{}: {}\n", query.query, costs(query));
    if let Some(error) = &query.error {
        text.push_str(&format!("    {}\n", one_line(error)));
    }
    for line in query.changes.iter().flat_map(|changes| steps(changes, width.saturating_sub(4))) {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

/// Without the lines that say when each side was executed: none was.
pub fn steps(changes: &PlanChanges, width: usize) -> Vec<String> {
    let told = changes.text(width);
    let lines = told.lines().filter(|line| !line.trim().is_empty());
    lines
        .filter(|line| !line.starts_with("Before ") && !line.starts_with("After "))
        .map(str::to_owned)
        .collect()
}
