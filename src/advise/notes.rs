//! Remarks on what was found: promises that rest on guesses, statistics that are missing, indexes that are there and not used.

use super::access::hides_its_cost;
use super::advisor::Request;
use super::candidates::CandidateGenerator;
use super::selection::Settled;
use super::survey::{Survey, awaiting_statistics};
use super::{Advice, Shortfall, ShortfallKind};

/// A search that found nothing because it did not get to look has not found that there is nothing.
pub fn of_hurry(skipped: usize, found_nothing: bool, advice: &mut Advice) {
    let unseen = match skipped {
        0 => "not all of what was found was weighed".to_owned(),
        1 => "1 query was not looked at".to_owned(),
        more => format!("{more} queries were not looked at"),
    };
    let message = format!(
        "The search for indexes ended when its time was up: {unseen}. Give it more with --search-time."
    );
    match skipped > 0 && found_nothing {
        true => advice.shortfalls.push(Shortfall {
            kind: ShortfallKind::SearchCutShort,
            message,
            statements: Vec::new(),
            database_failed: false,
        }),
        false => advice.notes.push(message),
    }
}

/// Queries that are named where more are at risk.
const MOST_NAMED: usize = 4;

/// What the planner promises rests on its estimates; which promises rest on many of them at once, and which on a cost that is
/// not the plan's.
pub fn of_risks(settled: &[Settled<'_>], advice: &mut Advice) {
    if let Some(named) = named(settled, |s| s.at_risk) {
        advice.notes.push(format!(
            "Modelled, not measured: {named} would look up new indexes in loops over the outcome of several joins, \
             which planners misjudge; measure these first (planwise tune does)."
        ));
    }
    let hidden = |s: &Settled<'_>| s.query.query.plans.iter().any(|p| hides_its_cost(&p.plan));
    if let Some(named) = named(settled, |s| !s.used.is_empty() && hidden(s)) {
        advice.notes.push(format!(
            "Modelled, not measured: {named} has a subquery that is read once and hashed, and the planner prices it as if \
             it were asked for each row. The cost before is too high, so less is saved than it says (planwise tune measures it)."
        ));
    }
}

/// The queries of which `is` holds, those that save most first; `None` if there are none.
fn named(settled: &[Settled<'_>], is: impl Fn(&Settled<'_>) -> bool) -> Option<String> {
    let mut found: Vec<&Settled<'_>> = settled.iter().filter(|s| is(s)).collect();
    let saved = |s: &Settled<'_>| s.query.query.weight * (s.before.cost() - s.after.cost());
    found.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
    let named: Vec<&str> =
        found.iter().take(MOST_NAMED).map(|s| s.query.query.id.as_str()).collect();
    match found.len().saturating_sub(MOST_NAMED) {
        _ if named.is_empty() => None,
        0 => Some(named.join(", ")),
        more => Some(format!("{} and {more} more", named.join(", "))),
    }
}

pub fn of_untrusted(request: &Request<'_>, advice: &mut Advice) {
    let awaiting = awaiting_statistics(request.findings);
    for query in &request.run.queries {
        if awaiting.contains(query.id.as_str()) {
            advice.notes.push(format!(
                "{}: its estimates are wrong for want of statistics, which are proposed; ask for indexes again \
                 once they are there.",
                query.id
            ));
        }
    }
}

pub fn of_unsearched(survey: &Survey<'_>, generator: &CandidateGenerator<'_>, advice: &mut Advice) {
    for query in &survey.queries {
        for (table, index) in query.unsearched(generator) {
            let (id, name) = (&query.priced.query.id, &index.name);
            let shown = || generator.grammar.set_visible(&table.schema, &table.name, name, true);
            let note = match (index.valid, shown()) {
                (true, Some(statement)) => format!(
                    "{id}: index {name} would serve it, but it is kept out of the optimiser's sight; to show it: {statement}"
                ),
                _ => format!(
                    "{id}: index {name} would serve it, but its build failed and it is invalid; build it again."
                ),
            };
            advice.notes.push(note);
        }
    }
}
