//! From a run and its findings to advice.

use std::time::Instant;

use crate::engine::{DbError, Engine, IndexDefinition};
use crate::interrupt::Interrupt;
use crate::rule::Finding;
use crate::run::Run;

use super::access::Grammar;
use super::assemble::{Assembly, Chosen};
use super::candidates::Workshop;
use super::selection::{Choice, Chooser, Priced, Search, Settled, choose, settle, unpriced};
use super::survey::Survey;
use super::thresholds::Thresholds;
use super::what_if::WhatIf;
use super::{Advice, drops, settings, statistics};

/// What advice is made from.
pub struct Request<'a> {
    pub run: &'a Run,
    pub findings: &'a [Finding],
    pub engine: &'a dyn Engine,
    pub thresholds: Thresholds,
    pub interrupt: Interrupt,
}

/// Deterministic: the same run and the same planner give the same advice. Without a planner to ask,
/// only what the plans leave no doubt about is proposed. Whatever happens, nothing that was shown
/// to a planner is left behind, and what was found until then is returned, with a note.
pub async fn advise(request: &Request<'_>, what_if: Option<&mut dyn WhatIf>) -> Advice {
    let started = Instant::now();
    let mut advice = Advice::default();
    settings::collect(request.findings, &mut advice);
    statistics::collect(request.findings, &mut advice);
    match request.engine.index_grammar() {
        Some(indexes) => {
            let grammar = Grammar { dialect: request.engine.dialect(), indexes };
            index_advice(request, grammar, what_if, &mut advice).await;
        }
        None => advice
            .notes
            .push(format!("Index advice is not available for {} yet.", request.engine.name())),
    }
    if request.interrupt.is_set() {
        advice.notes.push("Interrupted: this is what was found until then.".to_owned());
    }
    advice.search_seconds = started.elapsed().as_secs_f64();
    advice
}

async fn index_advice(
    request: &Request<'_>,
    grammar: Grammar<'_>,
    what_if: Option<&mut dyn WhatIf>,
    advice: &mut Advice,
) {
    let mut search = what_if.map(|backend| Search::new(backend, request.interrupt.clone()));
    let found = search_indexes(request, grammar, search.as_mut(), advice).await;
    let closed = match &mut search {
        Some(search) => search.close().await,
        None => Ok(()),
    };
    if let Err(error) = found.and(closed) {
        advice.notes.push(format!("The search for indexes ended early: {error}"));
    }
    drops::collect(request.run, grammar.indexes, advice);
}

async fn search_indexes(
    request: &Request<'_>,
    grammar: Grammar<'_>,
    mut search: Option<&mut Search<'_>>,
    advice: &mut Advice,
) -> Result<(), DbError> {
    let thresholds = &request.thresholds;
    let survey = Survey::of(request.run, grammar, search.as_deref_mut(), thresholds).await?;
    let workshop =
        Workshop { grammar: grammar.indexes, popularity: &survey.popularity, thresholds };
    note_invalid(&survey, &workshop, advice);
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut settled: Vec<Settled<'_>> = Vec::new();
    if let Some(search) = search {
        let queries = choose_each(&survey, &workshop, search).await?;
        let (set, prices) = settle(search, queries, thresholds).await?;
        settled = prices;
        chosen.extend(set.into_iter().map(|index| Chosen::priced(index, search, &survey.sizes)));
        chosen.extend(doubtless(&survey, &workshop, Some(&*search), &settled));
    } else {
        advice.notes.push(
            "No planner could be asked what it would do with an index: proposals are not priced."
                .to_owned(),
        );
        chosen.extend(doubtless(&survey, &workshop, None, &settled));
    }
    let assembly = Assembly { run: request.run, grammar: grammar.indexes, settled: &settled };
    assembly.write(chosen, advice);
    assembly.write_unindexed_checks(advice);
    Ok(())
}

async fn choose_each<'a>(
    survey: &Survey<'a>,
    workshop: &Workshop<'_>,
    search: &mut Search<'_>,
) -> Result<Vec<(Priced<'a>, Option<Choice>)>, DbError> {
    let chooser = Chooser {
        sizes: &survey.sizes,
        grammar: workshop.grammar,
        thresholds: workshop.thresholds,
    };
    let mut queries = Vec::new();
    for query in &survey.queries {
        if search.interrupt.is_set() {
            break;
        }
        let candidates = query.candidates(workshop);
        let choice = match candidates.is_empty() {
            true => None,
            false => choose(search, &chooser, &query.priced, &query.accesses, &candidates).await?,
        };
        queries.push((query.priced.clone(), choice));
    }
    Ok(queries)
}

/// What no planner could be asked about, for queries that nothing else helped.
fn doubtless(
    survey: &Survey<'_>,
    workshop: &Workshop<'_>,
    search: Option<&Search<'_>>,
    settled: &[Settled<'_>],
) -> Vec<Chosen> {
    let mut found: Vec<Chosen> = Vec::new();
    for query in &survey.queries {
        let id = &query.priced.query.id;
        let helped = settled.iter().any(|s| &s.query.query.id == id && !s.used.is_empty());
        if helped {
            continue;
        }
        for access in &query.accesses {
            let unasked: Vec<IndexDefinition> = workshop
                .candidates(access)
                .into_iter()
                .filter(|index| search.is_none_or(|search| !search.can_show(index)))
                .filter(|index| {
                    super::existing::covering(access.table, index, workshop.grammar).is_none()
                })
                .collect();
            if let Some(index) = unpriced(access, &unasked, workshop.grammar) {
                Chosen::remember(&mut found, index, id, &survey.sizes);
            }
        }
    }
    found
}

fn note_invalid(survey: &Survey<'_>, workshop: &Workshop<'_>, advice: &mut Advice) {
    for query in &survey.queries {
        for name in query.invalid(workshop) {
            advice.notes.push(format!(
                "{}: index {name} would serve it, but its build failed and it is invalid; build it again.",
                query.priced.query.id
            ));
        }
    }
}
