//! A plan as rows of a tree.

use std::collections::HashSet;

use serde::Serialize;

use super::node::NodeRow;
use crate::plan::{Ancestry, Measurements, Node, NodeId, Plan};
use crate::report::format;
use crate::run::PlanRecord;

#[derive(Debug, Clone, Serialize)]
pub struct PlanView {
    /// In pre-order; `closes` says how many levels end after a row.
    pub rows: Vec<NodeRow>,
    /// `execution 12 ms, planning 0.4 ms`.
    pub times: Option<String>,
    pub executed: bool,
    /// Triggers, JIT, serialisation, time nobody accounts for.
    pub facts: Vec<String>,
    pub params: Vec<Option<String>>,
    pub file: Option<String>,
    /// The server's own document, to copy: JSON, or the text that was pasted.
    pub raw: Option<String>,
}

impl PlanView {
    /// Without measurements the tree shows what the plan itself says.
    pub fn of(record: &PlanRecord, measurements: Option<&Measurements>) -> Self {
        let bare = PlanView::of_plan(&record.plan, measurements);
        let (params, file) = (record.params.clone(), record.file.clone());
        PlanView { params, file, raw: raw(&record.raw), ..bare }
    }

    /// A plan that belongs to no run.
    pub fn of_plan(plan: &Plan, measurements: Option<&Measurements>) -> Self {
        let mut rows = Vec::new();
        let shown = Shown::of(plan, measurements);
        push(&mut rows, &plan.root, measurements, &shown);
        PlanView {
            rows,
            times: times(plan),
            executed: plan.root.actual.is_some(),
            facts: facts(plan, measurements).into_iter().chain(shown.remark()).collect(),
            params: Vec::new(),
            file: None,
            raw: None,
        }
    }
}

/// Longer documents stay in their file: the page is to open on a phone.
const LONGEST_RAW: usize = 60_000;

fn raw(document: &serde_json::Value) -> Option<String> {
    let text = match document {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => text.clone(),
        document => serde_json::to_string_pretty(document).ok()?,
    };
    (text.len() <= LONGEST_RAW).then_some(text)
}

/// A tree of more nodes than this is nobody's reading: the heaviest and what stands above them remain.
const MOST_ROWS: usize = 5_000;
/// How many of the heaviest.
const HEAVIEST: usize = 1_000;

/// Which nodes have a row; `None` for all.
struct Shown {
    nodes: Option<HashSet<NodeId>>,
    count: usize,
}

impl Shown {
    fn of(plan: &Plan, measurements: Option<&Measurements>) -> Self {
        let tree = Ancestry::of(plan);
        let count = tree.len();
        if count <= MOST_ROWS {
            return Shown { nodes: None, count };
        }
        let own = |id: &NodeId| {
            let metrics = measurements.and_then(|m| m.nodes.get(id.0));
            metrics.and_then(|metrics| metrics.self_ms).map_or(0.0, |own| own.mid())
        };
        let mut ids: Vec<NodeId> = tree.ids().collect();
        ids.sort_by(|a, b| own(b).total_cmp(&own(a)));
        let heaviest = ids.into_iter().take(HEAVIEST);
        let nodes = heaviest.flat_map(|id| std::iter::once(id).chain(tree.above(id)));
        Shown { nodes: Some(nodes.collect()), count }
    }

    fn holds(&self, id: NodeId) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&id))
    }

    fn remark(&self) -> Option<String> {
        let hidden = self.count - self.nodes.as_ref()?.len();
        Some(format!("{} lighter nodes are not shown", format::count(hidden as f64)))
    }
}

/// Without recursion: a hostile plan may be deeper than a stack.
fn push(rows: &mut Vec<NodeRow>, root: &Node, measurements: Option<&Measurements>, shown: &Shown) {
    let mut pending = vec![(root, 0)];
    while let Some((node, depth)) = pending.pop() {
        let metrics = measurements.and_then(|m| m.nodes.get(node.id.0));
        let children = node.children.iter().rev().filter(|child| shown.holds(child.id));
        pending.extend(children.map(|child| (child, depth + 1)));
        let next = pending.last().map(|(_, next)| *next);
        let mut row = NodeRow::of(node, metrics, depth);
        row.closes = match next {
            Some(next) => (depth + 1usize).saturating_sub(next),
            None => depth + 1,
        };
        rows.push(row);
    }
}

fn times(plan: &Plan) -> Option<String> {
    let execution = plan.execution_ms.map(|ms| format!("execution {}", format::millis(ms)));
    let planning = plan.planning_ms.map(|ms| format!("planning {}", format::millis(ms)));
    let parts: Vec<String> = execution.into_iter().chain(planning).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn facts(plan: &Plan, measurements: Option<&Measurements>) -> Vec<String> {
    let mut facts: Vec<String> = plan.triggers.iter().map(trigger).collect();
    facts.extend(plan.jit.iter().map(|jit| {
        format!(
            "JIT compiled {} functions in {}",
            format::count(jit.functions),
            format::millis(jit.total_ms)
        )
    }));
    facts.extend(plan.serialization.iter().map(|s| {
        let size = format::bytes(s.output_bytes as f64);
        format!("turning {size} of result into text took {}", format::millis(s.total_ms))
    }));
    let rest = measurements.and_then(|m| m.unaccounted_ms).filter(|rest| rest.low >= 1.0);
    facts.extend(rest.map(|ms| format!("{} outside of any node", format::millis_range(ms))));
    facts
}

fn trigger(trigger: &crate::plan::Trigger) -> String {
    let name = trigger.constraint.as_ref().or(trigger.name.as_ref());
    format!(
        "trigger {}: {} in {} calls",
        name.map_or("without a name", String::as_str),
        format::millis(trigger.total_ms),
        format::count(trigger.calls)
    )
}
