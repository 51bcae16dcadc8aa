//! What a newer version plans otherwise, and how its planner gets statistics: the runbook's parts.

use super::page::PageSection;
use super::plans_page::differing;
use super::plans_text::{counted, steps};
use crate::migrate::runbook::{Runbook, statistics_seconds};
use crate::snapshot::WhatIfQuery;

/// Worse plans that are shown step by step; the page of plans shows all.
const MOST: usize = 10;
/// Columns of a plan's steps.
const WIDTH: usize = 120;

pub fn plans(runbook: &Runbook) -> PageSection {
    let section = PageSection::new("Plans on the new version");
    let Some(evidence) = &runbook.facts.plans else { return section };
    let report = &evidence.report;
    let mut section = section
        .text(format!(
            "The same statistics, planned by {} and by {}: {}. Costs are the planners' own reckoning.",
            report.planned_by[0],
            report.planned_by[1],
            counted(report)
        ))
        .table(&["Query", "Effect", "Cost", "Reason"], differing(report));
    let worse = report.queries.iter().filter(|query| query.is_worse());
    for (query, changes) in worse.filter_map(shown).take(MOST) {
        section = section.text(format!("{query}:")).code(steps(changes, WIDTH).join("\n"));
    }
    section
}

fn shown(query: &WhatIfQuery) -> Option<(&str, &crate::compare::PlanChanges)> {
    Some((&query.query, query.changes.as_ref()?))
}

pub fn statistics(runbook: &Runbook) -> PageSection {
    let facts = &runbook.facts;
    let mut told = Vec::new();
    let review = facts.inventory.as_ref().and_then(|evidence| evidence.report.review.as_ref());
    for point in review.iter().flat_map(|review| &review.points) {
        if point.id == "statistics" {
            told.extend([point.why.clone(), point.action.clone()].map(sentence));
        }
    }
    let rehearsal = facts.rehearsal.as_ref().map(|evidence| &evidence.report);
    if let Some(seconds) = rehearsal.and_then(statistics_seconds) {
        told.push(format!(
            "Gathering all of them takes {seconds:.1} s at the full size, as rehearsed; until then every plan is a guess."
        ));
    }
    PageSection::new("Statistics on the target").list(told)
}

fn sentence(text: String) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
