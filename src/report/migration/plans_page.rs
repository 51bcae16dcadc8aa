//! What a change, or another version, does to plans, as a page.

use super::page::{MigrationPage, PageSection, PageTone};
use super::plans_text::{costs, counted, steps};
use crate::snapshot::{Effect, WhatIfQuery, WhatIfReport};

/// Columns of a plan's steps.
const WIDTH: usize = 120;

pub fn plans_page(report: &WhatIfReport) -> MigrationPage {
    let worse = report.queries.iter().any(WhatIfQuery::is_worse);
    let unplanned = report.count(Effect::Unplanned) > 0;
    let tone = match (worse, unplanned) {
        (true, _) => PageTone::Bad,
        (false, true) => PageTone::Attention,
        (false, false) => PageTone::Good,
    };
    let mut lead = vec![format!(
        "The same snapshot of {} {}, taken on {}, planned by {} and by {}.",
        report.source.engine,
        report.source.version,
        report.snapshot_taken.strftime("%Y-%m-%d %H:%M UTC"),
        report.planned_by[0],
        report.planned_by[1]
    )];
    if !report.tried.is_empty() {
        lead.push(format!("Tried on the second: {}.", report.tried.join("; ")));
    }
    let mut page = MigrationPage {
        kind: "plans".to_owned(),
        title: counted(report),
        tone,
        lead,
        sections: Vec::new(),
    };
    page.add(
        PageSection::new("Plans that differ")
            .table(&["Query", "Effect", "Cost", "Reason"], differing(report)),
    );
    for query in &report.queries {
        let Some(changes) = &query.changes else { continue };
        page.add(PageSection::new(&query.query).code(steps(changes, WIDTH).join("\n")));
    }
    page.add(PageSection::new("Notes").list(report.notes.clone()));
    page
}

/// One row for each plan that is not as before.
pub fn differing(report: &WhatIfReport) -> Vec<Vec<String>> {
    let told = report.queries.iter().filter(|query| query.effect != Effect::Same);
    told.map(|query| {
        let reason = match (&query.error, &query.changes) {
            (Some(error), _) => error.clone(),
            (None, Some(changes)) => changes.summary.join(" "),
            (None, None) => String::new(),
        };
        vec![query.query.clone(), word(query.effect).to_owned(), costs(query), reason]
    })
    .collect()
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Changed => "another plan",
        Effect::Repriced => "the same plan, at another cost",
        Effect::Same => "as before",
        Effect::Unplanned => "no plan",
    }
}
