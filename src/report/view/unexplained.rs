//! Where most of the time went, if no finding speaks of it: then "nothing" would not be true.

use crate::plan::{Measurements, Node, Plan};
use crate::report::format;
use crate::rule::Finding;

/// Milliseconds. Below this no plan is worth a remedy.
pub const WORTH_A_WORD_MS: f64 = 10.0;
/// Milliseconds. From here on the largest part is named however small its share.
const LONG: f64 = 1000.0;
/// Share of the whole from which on one place holds most of it.
const MOST: f64 = 0.5;
/// A finding that saves this share of a place's time speaks of it.
const EXPLAINED: f64 = 0.3;

/// One place that time passes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Heaviest {
    /// `#3 Seq Scan on t`, `planning`, `trigger x on y`.
    pub place: String,
    pub ms: f64,
    /// Of execution and planning together.
    pub whole_ms: f64,
    node: Option<usize>,
}

impl Heaviest {
    pub fn sentence(&self) -> String {
        let share = self.ms / self.whole_ms;
        let part = if share >= MOST { "Most of the time" } else { "The largest part of the time" };
        format!(
            "{part}, {} of {} ({}), passes in {}, and no rule knows a remedy for it.",
            format::millis(self.ms),
            format::millis(self.whole_ms),
            format::percent(share),
            self.place
        )
    }
}

/// The place that holds most of the plan's time, where none of `findings` explains it. `None` for a
/// plan that was not timed, and for one so short that nothing in it is worth a word.
pub fn unexplained(
    plan: &Plan,
    measurements: &Measurements,
    findings: &[&Finding],
) -> Option<Heaviest> {
    let whole_ms = measurements.total_ms? + plan.planning_ms.unwrap_or(0.0);
    let places = nodes(plan, measurements).chain(besides(plan, measurements));
    let (place, ms, node) = places.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let told = whole_ms >= LONG || whole_ms >= WORTH_A_WORD_MS && ms >= MOST * whole_ms;
    let place = place.name();
    let heaviest = Heaviest { place, ms: ms.min(whole_ms), whole_ms, node };
    (told && !findings.iter().any(|finding| explains(finding, &heaviest))).then_some(heaviest)
}

/// Names are made for the heaviest alone: a plan may have very many nodes.
enum Place<'a> {
    Node(&'a Node),
    Besides(String),
}

impl Place<'_> {
    fn name(&self) -> String {
        match self {
            Place::Besides(name) => name.clone(),
            Place::Node(node) => {
                let object =
                    node.relation.as_ref().or(node.source.as_ref()).or(node.index.as_ref());
                let object = object.map_or(String::new(), |object| format!(" on {object}"));
                format!("#{} {}{object}", node.id.0, node.label)
            }
        }
    }
}

fn nodes<'a>(
    plan: &'a Plan,
    measurements: &'a Measurements,
) -> impl Iterator<Item = (Place<'a>, f64, Option<usize>)> {
    let mut pending = vec![&plan.root];
    let nodes = std::iter::from_fn(move || {
        let node = pending.pop()?;
        pending.extend(node.children.iter().rev());
        Some(node)
    });
    nodes.filter_map(|node| {
        let own = measurements.nodes.get(node.id.0)?.self_ms?;
        Some((Place::Node(node), own.mid(), Some(node.id.0)))
    })
}

/// What is no node's: planning, triggers, compiling, turning the result into text, and the rest.
fn besides<'a>(
    plan: &Plan,
    measurements: &Measurements,
) -> impl Iterator<Item = (Place<'a>, f64, Option<usize>)> + use<'a> {
    let trigger = |trigger: &crate::plan::Trigger| {
        let name = trigger.constraint.as_ref().or(trigger.name.as_ref());
        let on = trigger.relation.as_ref().map_or(String::new(), |table| format!(" on {table}"));
        let name = name.map_or("without a name", String::as_str);
        (format!("the trigger {name}{on}"), trigger.total_ms)
    };
    let mut places: Vec<(String, f64)> = plan.triggers.iter().map(trigger).collect();
    places.extend(plan.planning_ms.map(|ms| ("planning".to_owned(), ms)));
    places.extend(
        plan.serialization
            .as_ref()
            .map(|s| ("turning the result into text".to_owned(), s.total_ms)),
    );
    places.extend(
        measurements
            .unaccounted_ms
            .map(|rest| ("no node, outside of the tree".to_owned(), rest.low)),
    );
    places.into_iter().map(|(name, ms)| (Place::Besides(name), ms, None))
}

/// It is about the place itself, or saves a good part of its time.
fn explains(finding: &Finding, heaviest: &Heaviest) -> bool {
    let same = finding.node.is_some_and(|node| Some(node.0) == heaviest.node);
    let saved = finding.gain.saved_ms.map_or(0.0, |saved| saved.high);
    same || saved >= EXPLAINED * heaviest.ms
}
