//! From a run and its findings to advice.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::engine::{DbError, Engine, IndexDefinition};
use crate::interrupt::Interrupt;
use crate::rule::Finding;
use crate::run::Run;
use crate::serving::covering;

use super::access::Grammar;
use super::assemble::{Assembly, Chosen};
use super::candidates::CandidateGenerator;
use super::cost_feedback::CostFeedback;
use super::limited::Limited;
use super::naming::Naming;
use super::schedule::{Phase, Schedule};
use super::selection::{
    Absence, Choice, Chooser, Limits, Named, PlannedQuery, PlannerPool, Readings, Relief, Search,
    Settled, Task, complete, price_under, relieve, settle, unpriced, without_the_needless,
};
use super::survey::{Survey, Surveyed};
use super::thresholds::Thresholds;
use super::what_if::WhatIf;
use super::{Advice, DropAdvice, drops, notes, settings, statistics};

/// What advice is made from.
pub struct Request<'a> {
    pub run: &'a Run,
    pub findings: &'a [Finding],
    pub engine: &'a dyn Engine,
    pub thresholds: Thresholds,
    pub limits: Limits,
    /// What is known of indexes that were built.
    pub cost_feedback: CostFeedback,
    pub interrupt: Interrupt,
}

/// Deterministic: the same run and the same planner give the same advice. Without a planner to ask,
/// only what the plans leave no doubt about is proposed. Whatever happens, nothing that was shown
/// to a planner is left behind, and what was found until then is returned, with a note.
pub async fn advise(request: &Request<'_>, what_if: Option<&mut dyn WhatIf>) -> Advice {
    advise_with(request, what_if, Vec::new()).await
}

/// As [`advise`], with more planners of the same database that are asked at the same time. They are
/// only ever shown hypothetical indexes.
pub async fn advise_with<'w>(
    request: &Request<'_>,
    what_if: Option<&'w mut dyn WhatIf>,
    others: Vec<&'w mut dyn WhatIf>,
) -> Advice {
    let started = Instant::now();
    let mut advice = Advice::default();
    settings::collect(request.findings, &mut advice);
    statistics::collect(request.findings, &mut advice);
    match request.engine.index_grammar() {
        Some(indexes) => {
            let dialect = request.engine.dialect();
            let operators = &request.run.catalog.operators;
            let grammar = Grammar { dialect, indexes, operators };
            let planner_pool =
                what_if.map(|lead| PlannerPool::new(lead, others, &request.interrupt));
            index_advice(request, grammar, planner_pool, &mut advice).await;
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
    mut planner_pool: Option<PlannerPool<'_>>,
    advice: &mut Advice,
) {
    let found = search_indexes(request, grammar, planner_pool.as_mut(), advice).await;
    let closed = match &mut planner_pool {
        Some(planner_pool) => planner_pool.close().await,
        None => Ok(()),
    };
    if let Err(error) = found.and(closed) {
        advice.notes.push(format!("The search for indexes ended early: {error}"));
    }
    drops::collect(request.run, grammar, advice);
    let pinned = |drop: &DropAdvice| {
        request.limits.pinned.iter().any(|pin| *pin == Named::Index(drop.index.clone()))
    };
    advice.drops.retain(|drop| !pinned(drop));
}

async fn search_indexes(
    request: &Request<'_>,
    grammar: Grammar<'_>,
    mut planner_pool: Option<&mut PlannerPool<'_>>,
    advice: &mut Advice,
) -> Result<(), DbError> {
    let thresholds = &request.thresholds;
    let lead = planner_pool.as_deref_mut().map(PlannerPool::lead_mut);
    let mut survey = Survey::of(request.run, request.findings, grammar, lead, thresholds).await?;
    survey.sizes.know(request.cost_feedback.sizes.clone());
    let generator = CandidateGenerator {
        grammar: grammar.indexes,
        serving: grammar.serving(),
        popularity: &survey.popularity,
        thresholds,
    };
    notes::of_unsearched(&survey, &generator, advice);
    notes::of_untrusted(request, advice);
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut decision = Decision::default();
    if let Some(planner_pool) = planner_pool {
        decision = decide(request, &survey, &generator, planner_pool, advice).await?;
        let (search, settled) = (planner_pool.lead(), &decision.settled);
        let set = decision.set.iter().cloned();
        chosen.extend(set.map(|index| Chosen::priced(index, search, &survey.sizes)));
        // What has no price and no size cannot be weighed against limits.
        if !request.limits.bind() {
            chosen.extend(doubtless(&survey, &generator, Some(search), settled));
        }
    } else {
        advice.notes.push(
            "No planner could be asked what it would do with an index: proposals are not priced."
                .to_owned(),
        );
        chosen.extend(doubtless(&survey, &generator, None, &[]));
    }
    let run = request.run;
    let (grammar, serving, sizes) = (grammar.indexes, grammar.serving(), &survey.sizes);
    let (settled, absences) = (&decision.settled[..], &decision.absences[..]);
    let assembly = Assembly { run, grammar, serving, settled, absences, sizes, thresholds };
    assembly.write(chosen, advice);
    notes::of_risks(settled, advice);
    assembly.write_unindexed_checks(advice);
    advice.indexes.retain(|index| !request.limits.forbids_named(index));
    Ok(())
}

/// A set of indexes, every query's price under it, and what the absence of each of them would cost.
#[derive(Default)]
struct Decision<'a> {
    set: Vec<IndexDefinition>,
    settled: Vec<Settled<'a>>,
    absences: Vec<Absence>,
}

/// What each query deserves, merged; and where limits do not allow that, the best that they do.
async fn decide<'a>(
    request: &Request<'_>,
    survey: &Survey<'a>,
    generator: &CandidateGenerator<'_>,
    planner_pool: &mut PlannerPool<'_>,
    advice: &mut Advice,
) -> Result<Decision<'a>, DbError> {
    let (limits, thresholds) = (&request.limits, generator.thresholds);
    let mut schedule = Schedule::start(limits.search_time, limits.bind());
    let limited = Limited {
        run: request.run,
        survey,
        generator,
        limits,
        cost_feedback: &request.cost_feedback,
    };
    if limits.bind() {
        planner_pool.listen();
    }
    planner_pool.until(Some(schedule.end(Phase::Queries)));
    let (queries, skipped) =
        choose_each(request, survey, generator, planner_pool, schedule.pricing()).await?;
    let mut hurried = planner_pool.lead().is_over();
    schedule.ended(Phase::Queries, planner_pool.calls());
    planner_pool.until(Some(schedule.end(Phase::Merging)));
    let (mut set, mut settled) = settle(planner_pool, queries, limits.bind(), thresholds).await?;
    hurried |= Instant::now() >= schedule.end(Phase::Merging);
    schedule.ended(Phase::Merging, planner_pool.calls());
    planner_pool.until(Some(schedule.end(Phase::Completing)));
    let candidates = allowed_candidates(request, survey, generator);
    complete(planner_pool, &mut settled, &mut set, &candidates, (thresholds, &|_| true)).await?;
    planner_pool.until(None);
    let relief = Relief { grammar: generator.grammar, thresholds, tolerance: limits.tolerance };
    relieve(planner_pool, &mut settled, &mut set, &readings(survey), &relief).await?;
    schedule.ended(Phase::Completing, planner_pool.calls());
    let is_answer = limited.admits(&set);
    if !is_answer {
        set = limited.choose(planner_pool, &set, &mut schedule, advice).await?;
        planner_pool.until(None);
        price_under(planner_pool, &mut settled, &set).await?;
    } else if hurried {
        notes::of_hurry(skipped, set.is_empty(), advice);
    }
    planner_pool.until(Some(schedule.end(Phase::Judging)));
    let chosen = set.len();
    // What was measured says more of an index than what the planner would miss.
    let judged = request.cost_feedback.is_empty();
    let keep = limited.pinned(&set);
    let (mut set, mut settled, mut absences) = match judged {
        true => without_the_needless(planner_pool, settled, set, &keep, thresholds).await?,
        false => (set, settled, Vec::new()),
    };
    if judged && !is_answer && set.len() < chosen {
        // What was needless beside the others has left room. What is put there is weighed to the end, so that nothing is
        // proposed of which nobody knows what its absence costs.
        planner_pool.until(Some(schedule.halfway(Phase::Judging)));
        let (known, admits) = (set.len(), |set: &[IndexDefinition]| limited.has_room_for(set));
        complete(planner_pool, &mut settled, &mut set, &candidates, (thresholds, &admits)).await?;
        if set.len() > known {
            planner_pool.until(None);
            (set, settled, absences) =
                without_the_needless(planner_pool, settled, set, &keep, thresholds).await?;
        }
    }
    planner_pool.until(None);
    schedule.ended(Phase::Judging, planner_pool.calls());
    advice.phases = schedule.phases();
    limited.sum_up((&set, &settled), planner_pool, advice);
    Ok(Decision { set, settled, absences })
}

/// Queries whose candidates need not be built are shared out among all planners.
async fn choose_each<'a>(
    request: &Request<'_>,
    survey: &Survey<'a>,
    generator: &CandidateGenerator<'_>,
    planner_pool: &mut PlannerPool<'_>,
    time: (Instant, Instant),
) -> Result<(Vec<(PlannedQuery<'a>, Option<Choice>)>, usize), DbError> {
    let chooser = Chooser {
        sizes: &survey.sizes,
        grammar: generator.grammar,
        thresholds: generator.thresholds,
    };
    let mut tasks = Vec::new();
    for query in &survey.queries {
        let allowed = |index: &IndexDefinition| is_allowed(request, generator, index);
        let mut candidates = query.candidates(generator);
        candidates.retain(&allowed);
        let mut groups = query.groups(generator);
        groups.retain(|group| group.iter().all(&allowed));
        tasks.push(Task { query: &query.priced, accesses: &query.accesses, candidates, groups });
    }
    let (choices, skipped) = planner_pool.choose(&chooser, &tasks, time).await?;
    let queries = survey.queries.iter().map(|query| query.priced.clone());
    Ok((queries.zip(choices).collect(), skipped))
}

fn is_allowed(
    request: &Request<'_>,
    generator: &CandidateGenerator<'_>,
    index: &IndexDefinition,
) -> bool {
    !request.limits.forbids(index, &Naming::unchecked(index, generator.grammar))
}

/// Candidates of each query by its id.
fn allowed_candidates<'s>(
    request: &Request<'_>,
    survey: &'s Survey<'_>,
    generator: &CandidateGenerator<'_>,
) -> BTreeMap<&'s str, Vec<IndexDefinition>> {
    let of = |query: &'s Surveyed<'_>| {
        let mut candidates = query.candidates(generator);
        candidates.retain(|index| is_allowed(request, generator, index));
        (query.priced.query.id.as_str(), candidates)
    };
    survey.queries.iter().map(of).collect()
}

fn readings<'s, 'a>(survey: &'s Survey<'a>) -> Readings<'s, 'a> {
    let of = |query: &'s Surveyed<'a>| (query.priced.query.id.as_str(), query.accesses.as_slice());
    survey.queries.iter().map(of).collect()
}

/// What no planner could be asked about, for queries that nothing else helped.
fn doubtless(
    survey: &Survey<'_>,
    generator: &CandidateGenerator<'_>,
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
            let unasked: Vec<IndexDefinition> = generator
                .candidates(access)
                .into_iter()
                .filter(|index| search.is_none_or(|search| !search.can_show(index)))
                .filter(|index| covering(access.table, index, &generator.serving).is_none())
                .collect();
            if let Some(index) = unpriced(access, &unasked, generator.grammar) {
                Chosen::remember(&mut found, index, id, &survey.sizes);
            }
        }
    }
    found
}
