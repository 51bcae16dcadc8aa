//! The advice, every kind of change in one form.

use serde::Serialize;

use super::finding::class;
use super::layout::{LayoutView, layout};
use super::statistics::statistics;
use crate::advise::{
    Advice, DropAdvice, Effect, IndexAdvice, IndexEffect, Outcome, PlanStory, SearchPhase,
    Selection, SettingAdvice, SettingTrial,
};
use crate::report::format;
use crate::rule::Finding;

#[derive(Debug, Clone, Default, Serialize)]
pub struct AdviceView {
    pub groups: Vec<ChangeGroup>,
    /// Planner cost of the workload, and how long the search took.
    pub summary: Option<String>,
    /// How one set was chosen for all queries, where limits asked for that; part of the summary too.
    pub chosen: Option<String>,
    pub notes: Vec<String>,
    /// Structural changes, which no script runs.
    pub layout: Vec<LayoutView>,
    /// All statements that are to be run, in order, to copy at once.
    pub script: String,
    pub changes: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct ChangeGroup {
    pub title: &'static str,
    pub changes: Vec<ChangeView>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    pub title: String,
    pub why: String,
    pub requires: Option<String>,
    pub statement: String,
    pub undo: Option<String>,
    /// Short facts: size, build time, restart, gain.
    pub facts: Vec<(&'static str, String)>,
    /// Middle of what it saves, milliseconds an execution: to sort by.
    pub saved_ms: Option<f64>,
    pub queries: Vec<QueryLink>,
    pub costs: Vec<CostRow>,
    /// What the best query's plan was and will be.
    pub story: Option<PlanStory>,
    /// Predicted and measured side by side.
    pub effects: Vec<EffectRow>,
    /// Queries that were slower with it.
    pub losers: Vec<String>,
    /// Changes of the advice that this one stands for.
    pub count: usize,
    /// `proposed`, `kept`, `dropped`, `failed`.
    pub outcome: &'static str,
    pub outcome_text: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct QueryLink {
    pub query: String,
    pub anchor: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct EffectRow {
    pub query: String,
    pub predicted: String,
    pub measured: String,
    pub verdict: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct CostRow {
    pub query: String,
    pub before: String,
    pub after: String,
    pub change: String,
}

impl AdviceView {
    /// `findings` tell which tables statistics are of.
    pub fn of(
        advice: &Advice,
        findings: &[Finding],
        anchors: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let groups = [
            ("Indexes to create", advice.indexes.iter().map(|a| index(a, anchors)).collect()),
            ("Indexes to drop", advice.drops.iter().map(drop_change).collect()),
            ("Settings", advice.settings.iter().map(setting).collect()),
            ("Statistics", statistics(&advice.statistics, findings)),
        ];
        let groups: Vec<ChangeGroup> = groups
            .into_iter()
            .filter(|(_, changes): &(_, Vec<ChangeView>)| !changes.is_empty())
            .map(|(title, changes)| ChangeGroup { title, changes })
            .collect();
        AdviceView {
            script: script(&groups),
            changes: groups.iter().flat_map(|g| &g.changes).map(|change| change.count).sum(),
            groups,
            summary: summary(advice),
            chosen: advice.selection.as_ref().map(|selection| {
                chosen(selection, advice.workload_cost_before.unwrap_or(f64::NAN))
            }),
            notes: advice.notes.clone(),
            layout: advice.layout.iter().map(|change| layout(change, anchors)).collect(),
        }
    }
}

fn index(advice: &IndexAdvice, anchors: &dyn Fn(&str) -> Option<String>) -> ChangeView {
    let mut facts = vec![("method", advice.method.clone()), ("basis", class(advice.class).into())];
    facts.extend(advice.size_bytes.map(|size| ("size", format::bytes(size as f64))));
    facts.extend(advice.write_overhead.map(|share| ("writes dearer by", format::percent(share))));
    facts.extend(advice.build_seconds.map(|s| ("build time", format::millis(s * 1000.0))));
    facts.extend(advice.saved_ms.map(|ms| ("saves", format::millis_range(ms))));
    let link = |query: &String| QueryLink { query: query.clone(), anchor: anchors(query) };
    ChangeView {
        title: format!("{} on {}", advice.name, advice.table),
        why: advice.why.clone(),
        requires: advice.requires.clone(),
        statement: advice.ddl.clone(),
        undo: Some(advice.undo.clone()),
        facts,
        saved_ms: advice.saved_ms.map(|saved| saved.mid()),
        queries: advice.queries.iter().map(link).collect(),
        costs: advice.costs.iter().map(cost).collect(),
        story: advice.story.clone(),
        effects: advice.effects.iter().map(effect).collect(),
        losers: losers(advice),
        count: 1,
        outcome: outcome(&advice.outcome),
        outcome_text: outcome_text(&advice.outcome),
    }
}

fn effect(effect: &IndexEffect) -> EffectRow {
    let share = |ratio: Option<f64>| ratio.map_or("–".to_owned(), format::percent);
    EffectRow {
        query: effect.query.clone(),
        predicted: share(effect.predicted),
        measured: share(effect.measured),
        verdict: match effect.effect {
            Effect::Faster => "faster",
            Effect::Slower => "slower",
            Effect::Unchanged => "unchanged",
            Effect::Unclear => "cannot tell",
            Effect::Failed => "failed",
        },
    }
}

fn losers(advice: &IndexAdvice) -> Vec<String> {
    let slower = advice.effects.iter().filter(|effect| effect.effect == Effect::Slower);
    slower.map(|effect| effect.query.clone()).collect()
}

fn cost(cost: &crate::advise::WhatIfCost) -> CostRow {
    CostRow {
        query: cost.query.clone(),
        before: format::count(cost.cost_before),
        after: format::count(cost.cost_after),
        change: format::percent(cost.cost_after / cost.cost_before),
    }
}

fn drop_change(advice: &DropAdvice) -> ChangeView {
    ChangeView {
        title: format!("drop {} on {}", advice.index, advice.table),
        why: advice.why.clone(),
        statement: advice.ddl.clone(),
        undo: Some(advice.undo.clone()),
        outcome_text: drop_text(&advice.outcome),
        facts: vec![("frees", format::bytes(advice.size_bytes as f64))],
        ..ChangeView::plain(&advice.outcome)
    }
}

/// An index that goes makes nothing faster: what counts is that nothing got slower.
fn drop_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Kept { .. } => "Tried and kept: no query got slower without it.".to_owned(),
        other => outcome_text(other),
    }
}

fn setting(advice: &SettingAdvice) -> ChangeView {
    let mut facts = vec![("now", advice.from.clone()), ("proposed", advice.to.clone())];
    facts.push(("restart", if advice.needs_restart { "needed" } else { "not needed" }.into()));
    ChangeView {
        title: advice.name.clone(),
        why: advice.why.clone(),
        statement: advice.statement.clone(),
        undo: Some(advice.undo.clone()),
        facts,
        outcome_text: setting_text(advice),
        ..ChangeView::plain(&advice.outcome)
    }
}

/// What it did alone says more than what it did among others.
fn setting_text(advice: &SettingAdvice) -> String {
    let said = match (&advice.outcome, &advice.trial) {
        (Outcome::Kept { .. }, Some(SettingTrial::Measured(effect))) => {
            return format!("Tried and kept: {}.", effect.words());
        }
        (Outcome::Proposed | Outcome::Unproven, Some(trial)) if !advice.in_force => {
            return format!("Proposed; {}.", trial.words());
        }
        _ if advice.in_force => {
            "In force while the figures after were measured; its own share was not told apart."
                .to_owned()
        }
        (outcome, _) => outcome_text(outcome),
    };
    match (&advice.outcome, &advice.trial) {
        // What was dropped for what it did alone says so itself.
        (Outcome::Dropped { reason }, Some(SettingTrial::Measured(effect)))
            if reason.contains(&effect.words()) =>
        {
            said
        }
        (_, Some(trial)) => format!("{} Alone, {}.", said.trim_end(), trial.words()),
        (_, None) => said,
    }
}

impl ChangeView {
    /// A change of which only the outcome is told.
    pub(super) fn plain(of: &Outcome) -> ChangeView {
        ChangeView {
            title: String::new(),
            why: String::new(),
            requires: None,
            statement: String::new(),
            undo: None,
            facts: Vec::new(),
            saved_ms: None,
            queries: Vec::new(),
            costs: Vec::new(),
            story: None,
            effects: Vec::new(),
            losers: Vec::new(),
            count: 1,
            outcome: outcome(of),
            outcome_text: outcome_text(of),
        }
    }
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Proposed => "proposed",
        Outcome::Kept { .. } => "kept",
        Outcome::Unproven => "unproven",
        Outcome::Dropped { .. } => "dropped",
        Outcome::Failed { .. } => "failed",
    }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Proposed => "Proposed; not tried.".to_owned(),
        Outcome::Unproven => "Not yet proven: the time was over before it was measured.".to_owned(),
        Outcome::Kept { ratio } => {
            format!("Tried and kept: {} on its best query.", format::speedup(*ratio))
        }
        Outcome::Dropped { reason } => format!("Tried and taken back: {reason}"),
        Outcome::Failed { error } => format!("Failed when it was tried: {error}"),
    }
}

fn script(groups: &[ChangeGroup]) -> String {
    let wanted = |c: &&ChangeView| matches!(c.outcome, "proposed" | "kept" | "unproven");
    let changes = groups.iter().flat_map(|g| &g.changes).filter(wanted);
    let statements = changes.flat_map(|c| c.requires.iter().chain([&c.statement]));
    let ended = statements.map(|s| format!("{};", s.trim_end().trim_end_matches(';')));
    ended.collect::<Vec<_>>().join("\n")
}

fn summary(advice: &Advice) -> Option<String> {
    let (before, after) = (advice.workload_cost_before?, advice.workload_cost_after?);
    let mut summary = format!(
        "The planner's cost of the weighted workload goes from {} to {} ({} of it). Search took {}{}.",
        format::count(before),
        format::count(after),
        format::percent(after / before),
        format::millis(advice.search_seconds * 1000.0),
        phases(advice)
    );
    if let Some(selection) = &advice.selection {
        summary.push_str(&chosen(selection, before));
    }
    Some(summary)
}

/// How the time was shared out, where it was long enough to ask.
fn phases(advice: &Advice) -> String {
    let longest = advice.phases.iter().map(|phase| phase.seconds).fold(0.0, f64::max);
    let phase =
        |phase: &SearchPhase| format!("{} {}", phase.name, format::millis(phase.seconds * 1000.0));
    let phases: Vec<String> = advice.phases.iter().map(phase).collect();
    if longest < LONG_PHASE { String::new() } else { format!(" ({})", phases.join(", ")) }
}

/// Seconds.
const LONG_PHASE: f64 = 1.0;

/// How good the set is among all that were allowed.
fn chosen(selection: &Selection, before: f64) -> String {
    let budget = selection.budget_bytes.map_or(String::new(), |budget| {
        let (used, budget) = (selection.size_bytes as f64, format::bytes(budget as f64));
        format!(" {} of {budget} used ({} size).", format::bytes(used), selection.budget_size)
    });
    let bound = match (selection.lower_bound, selection.gap) {
        (Some(bound), Some(gap)) => format!(
            " Within {} of the best possible for these limits over these candidates: no such set \
             brings the cost below {} ({}).",
            format::percent(gap),
            format::count(bound),
            format::percent(bound / before)
        ),
        _ => " How far it is from the best possible could not be computed.".to_owned(),
    };
    format!(
        " One set was chosen for all queries from {} candidates with {} questions to the planner.{budget}{bound}",
        selection.candidates, selection.planner_calls
    )
}
