//! Whether a plan is as expected.

use std::collections::{HashMap, HashSet};

use super::expectation::{Expectation, Join, What};
use crate::engine::{PlanMemory, PlannerState};
use crate::plan::{Node, NodeKind, Plan, plan_shape};

/// One expectation held against one plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    pub holds: bool,
    /// For bounds and memory: how far the figure may move before the answer turns, as a factor of at least 1.
    pub slack: Option<f64>,
    /// The figure itself: rows, cost or bytes.
    pub figure: Option<f64>,
}

/// What names in a plan belong to.
pub struct Names {
    /// Tables that are read when their parts are, by the part's name.
    wholes: HashMap<String, HashSet<String>>,
    /// The same of indexes.
    index_wholes: HashMap<String, HashSet<String>>,
    pub memory: Option<PlanMemory>,
}

impl Names {
    pub fn of(state: &PlannerState, memory: Option<PlanMemory>) -> Names {
        let mut wholes = HashMap::new();
        for table in &state.catalog.tables {
            let whole = state.catalog.whole(table);
            add(
                &mut wholes,
                &table.name,
                [&whole.name, &format!("{}.{}", whole.schema, whole.name)],
            );
            add(
                &mut wholes,
                &table.name,
                [&table.name, &format!("{}.{}", table.schema, table.name)],
            );
        }
        let mut index_wholes = HashMap::new();
        for index in &state.indexes {
            let full = format!("{}.{}", index.schema, index.name);
            add(&mut index_wholes, &index.name, [&index.name, &full]);
            let mut part = index.part_of.as_ref();
            // A snapshot may say anything, even that indexes are parts of each other.
            for _ in 0..32 {
                let Some(name) = part else { break };
                add(
                    &mut index_wholes,
                    &index.name,
                    [&name.name, &format!("{}.{}", name.schema, name.name)],
                );
                let found =
                    state.indexes.iter().find(|i| i.schema == name.schema && i.name == name.name);
                part = found.and_then(|found| found.part_of.as_ref());
            }
        }
        Names { wholes, index_wholes, memory }
    }

    fn is_index(&self, node: &Node, wanted: &str) -> bool {
        is_named(&self.index_wholes, node.index.as_deref(), wanted)
    }

    fn is_table(&self, node: &Node, wanted: &str) -> bool {
        is_named(&self.wholes, node.relation.as_deref(), wanted)
    }

    /// Names that no plan can have, because nothing of the snapshot bears them.
    pub fn unknown<'e>(&self, expectation: &'e Expectation) -> Option<&'e str> {
        let (known, name) = match &expectation.what {
            What::Index(name) | What::IndexOnly(name) => (&self.index_wholes, name),
            What::SeqScan(Some(table)) => (&self.wholes, table),
            _ => return None,
        };
        let bears = known.values().any(|names| names.contains(name));
        (!bears).then_some(name)
    }
}

fn add<'n>(
    wholes: &mut HashMap<String, HashSet<String>>,
    part: &str,
    names: impl IntoIterator<Item = &'n String>,
) {
    wholes.entry(part.to_owned()).or_default().extend(names.into_iter().cloned());
}

fn is_named(wholes: &HashMap<String, HashSet<String>>, found: Option<&str>, wanted: &str) -> bool {
    found.is_some_and(|found| {
        found == wanted || wholes.get(found).is_some_and(|names| names.contains(wanted))
    })
}

pub fn held(expectation: &Expectation, plan: &Plan, names: &Names) -> Held {
    let any = |test: &dyn Fn(&Node) -> bool| plain(plan.visits().any(|(node, _)| test(node)));
    let found = match &expectation.what {
        What::Index(index) => any(&|node| names.is_index(node, index)),
        What::IndexOnly(index) => {
            any(&|node| node.kind == NodeKind::IndexOnlyScan && names.is_index(node, index))
        }
        What::SeqScan(table) => any(&|node| {
            node.kind == NodeKind::SeqScan
                && table.as_ref().is_none_or(|table| names.is_table(node, table))
        }),
        What::Rows(bound) => against(plan.root.plan_rows, bound.limit, |rows| bound.holds(rows)),
        What::Cost(bound) => against(plan.root.total_cost, bound.limit, |cost| bound.holds(cost)),
        What::Sort => any(&|node| matches!(node.kind, NodeKind::Sort | NodeKind::IncrementalSort)),
        What::SortSpill => {
            spill(sorted_bytes(plan), names.memory.map_or(f64::MAX, |memory| memory.sort_bytes))
        }
        What::HashSpill => {
            spill(hashed_bytes(plan), names.memory.map_or(f64::MAX, |memory| memory.hash_bytes))
        }
        What::Join(join) => {
            let kind = match join {
                Join::NestedLoop => NodeKind::NestedLoop,
                Join::Hash => NodeKind::HashJoin,
                Join::Merge => NodeKind::MergeJoin,
            };
            any(&|node| node.kind == kind)
        }
        What::Parallel => any(&|node| node.kind == NodeKind::Gather),
        What::SamePlan(shapes) => plain(shapes.contains(&plan_shape(plan))),
    };
    Held { holds: found.holds != expectation.negated, ..found }
}

fn plain(holds: bool) -> Held {
    Held { holds, slack: None, figure: None }
}

fn against(figure: Option<f64>, limit: f64, holds: impl Fn(f64) -> bool) -> Held {
    let value = figure.unwrap_or(0.0);
    Held { holds: holds(value), slack: Some(ratio(value, limit)), figure }
}

fn ratio(one: f64, other: f64) -> f64 {
    let (small, large) = (one.min(other), one.max(other));
    if small > 0.0 { large / small } else { f64::MAX }
}

/// Whether the largest need exceeds the memory there is.
fn spill(needs: impl Iterator<Item = f64>, memory: f64) -> Held {
    let most = needs.fold(None, |most: Option<f64>, need| Some(most.map_or(need, |m| m.max(need))));
    Held {
        holds: most.is_some_and(|need| need > memory),
        slack: most.map(|need| ratio(need, memory)),
        figure: most,
    }
}

/// As the planner reckons a row that is kept: its header and its columns, each rounded up to eight bytes.
const ROW_HEADER: f64 = 24.0;
const HASH_HEADER: f64 = 32.0;

fn row_bytes(node: &Node, header: f64) -> f64 {
    (node.plan_width.unwrap_or(0.0) / 8.0).ceil() * 8.0 + header
}

/// What is kept by a sort of which only the first rows are wanted is those rows.
fn sorted_bytes(plan: &Plan) -> impl Iterator<Item = f64> {
    plan.visits().filter(|(node, _)| node.kind == NodeKind::Sort).map(|(node, ancestors)| {
        let limit = ancestors.last().filter(|parent| parent.kind == NodeKind::Limit);
        let wanted = limit.and_then(|limit| limit.plan_rows).unwrap_or(f64::MAX);
        node.plan_rows.unwrap_or(0.0).min(wanted) * row_bytes(node, ROW_HEADER)
    })
}

fn hashed_bytes(plan: &Plan) -> impl Iterator<Item = f64> {
    plan.visits().filter_map(|(node, _)| match node.kind {
        NodeKind::Hash => Some(node.plan_rows.unwrap_or(0.0) * row_bytes(node, HASH_HEADER)),
        NodeKind::Aggregate => {
            let partitions = node.aggregate.as_ref()?.planned_partitions?;
            // The planner has decided already that it will not fit.
            (partitions > 0).then_some(f64::MAX)
        }
        _ => None,
    })
}
