//! Which model a rule names, and the bounds that hold for all of them.

use crate::plan::NodeKind;
use crate::rule::facts::{HabitSite, NodeSite, QuerySite, SequenceSite};
use crate::rule::{Gain, GainClass};
use crate::stats::Interval;

use super::{covering, direct, filter_index, loop_collapse, nested_loop, sort_avoidance, spill};

/// Where the finding is.
pub enum Site<'s, 'a> {
    Node(&'s NodeSite<'a>),
    Query(&'s QuerySite<'a>),
    Sequence(&'s SequenceSite<'a>),
    Habit(&'s HabitSite<'a>),
    /// The schema or the settings: no clock ran there.
    Elsewhere,
}

pub fn is_model(name: &str) -> bool {
    matches!(name, "G1" | "G2" | "G3" | "G4" | "G5" | "G6" | "G7" | "G8" | "G9")
}

/// The gain under `model`. `stated` is the value that stands in the plan, for G4.
/// Models that need a trial (G3 what-if, G8 better estimates, G9 settings) are structural.
pub fn estimate(model: &str, site: &Site<'_, '_>, stated: Option<Interval>) -> Gain {
    let saved = match (model, site) {
        ("G1", Site::Node(node)) => filter_index::saved(node),
        ("G2", Site::Node(node)) => spill::saved(node),
        ("G4", _) => stated.and_then(direct::saved),
        ("G5", Site::Node(node)) if is_join(node) => nested_loop::saved(node),
        ("G5", Site::Node(node)) => loop_collapse::saved(node),
        ("G5", Site::Sequence(pair)) => Some(loop_collapse::saved_by_batching(pair)),
        ("G5", Site::Habit(habit)) => Some(loop_collapse::saved_by_one_statement(habit)),
        ("G6", Site::Node(node)) => covering::saved(node),
        ("G7", Site::Node(node)) => sort_avoidance::saved(node),
        _ => None,
    };
    let bounded = saved.map(|saved| bounded(saved, longest(site)));
    let class = if bounded.is_some() { GainClass::Modelled } else { GainClass::Structural };
    Gain { class, saved_ms: bounded, model: model.to_owned() }
}

/// No gain is promised.
pub fn none(model: &str) -> Gain {
    Gain { class: GainClass::Structural, saved_ms: None, model: model.to_owned() }
}

fn is_join(site: &NodeSite<'_>) -> bool {
    matches!(site.node.kind, NodeKind::NestedLoop | NodeKind::HashJoin | NodeKind::MergeJoin)
}

/// Nothing saves more time than the query takes, or less than none.
fn bounded(saved: Interval, longest: f64) -> Interval {
    Interval::new(saved.low.clamp(0.0, longest), saved.high.clamp(0.0, longest))
}

fn longest(site: &Site<'_, '_>) -> f64 {
    let total = match site {
        Site::Node(node) => node.query.total_ms(),
        // Findings about a query as a whole may be about its planning, which is not part of the execution.
        Site::Query(query) => query.total_ms().map(|total| total + query.planning_ms()),
        Site::Sequence(pair) => Some(pair.second.total_ms),
        Site::Habit(site) => Some(site.habit.total_ms / site.habit.occurrences.max(1) as f64),
        Site::Elsewhere => None,
    };
    total.filter(|total| total.is_finite() && *total >= 0.0).unwrap_or(f64::MAX)
}
