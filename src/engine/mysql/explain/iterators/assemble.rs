//! From steps to the neutral tree: filters become part of what they filter.

use super::describe::describe;
use super::projection;
use super::step::{Run, Step};
use crate::plan::{Actual, Node, NodeKind, Relationship};

pub fn tree(mut root: Step) -> Node {
    let outside = projection::settle(&mut root);
    match outside.is_empty() {
        true => node(root),
        false => with_outside(root, outside),
    }
}

/// Subqueries that ran outside the tree make the statement longer than its tree: a node above both has the whole.
fn with_outside(root: Step, outside: Vec<Step>) -> Node {
    let whole = outside.iter().map(Step::total_ms).sum::<f64>() + root.total_ms();
    let (run, cost, rows) = (root.run.unwrap_or_default(), root.total_cost, root.rows);
    let mut above = Node::new(NodeKind::Result, "Select list");
    above.total_cost = cost;
    above.plan_rows = rows;
    let loops = run.loops.max(1.0);
    above.actual =
        Some(actual(Run { last_ms: Some(whole / loops), first_ms: run.first_ms, loops, ..run }));
    let mut main = node(root);
    main.relationship = Relationship::Outer;
    above.children.push(main);
    above.children.extend(outside.into_iter().map(subquery));
    above
}

fn subquery(step: Step) -> Node {
    let heading = step.heading.clone();
    let mut top = node(step);
    top.relationship = Relationship::SubPlan;
    top.subplan_name =
        heading.map(|heading| heading.split(" (").next().unwrap_or_default().to_owned());
    top
}

fn node(step: Step) -> Node {
    let Step {
        operation,
        first_row_cost,
        total_cost,
        rows,
        run,
        schema,
        table,
        details,
        inputs,
        ..
    } = step;
    let mut node = describe(&operation);
    node.startup_cost = first_row_cost;
    node.total_cost = total_cost;
    node.plan_rows = rows;
    node.actual = run.map(actual);
    node.extra = details;
    let derived = !inputs.iter().all(Step::is_subquery);
    if reads_a_table(node.kind) && derived {
        reads_rows_below(&mut node);
    } else if node.relation.is_some() {
        node.schema = schema;
        node.relation = table.or(node.relation);
    }
    let mut streams = 0;
    for input in inputs {
        node.children.push(match input.is_subquery() {
            true => subquery(input),
            false => {
                streams += 1;
                stream(input, streams, node.kind)
            }
        });
    }
    if node.kind == NodeKind::Filter { merged(node) } else { node }
}

fn stream(step: Step, position: usize, above: NodeKind) -> Node {
    let mut child = node(step);
    child.relationship = match above {
        NodeKind::Append | NodeKind::SetOperation | NodeKind::Recursive => Relationship::Member,
        _ if position == 1 => Relationship::Outer,
        _ => Relationship::Inner,
    };
    child
}

fn reads_a_table(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::SeqScan | NodeKind::IndexScan | NodeKind::IndexOnlyScan)
}

/// A derived table, a view or a temporary table under its alias: its rows come from the operations below.
fn reads_rows_below(node: &mut Node) {
    node.kind = NodeKind::SubqueryScan;
    node.source = node.relation.take().or(node.source.take());
    node.index = None;
}

fn actual(run: Run) -> Actual {
    Actual {
        startup_ms: run.first_ms,
        total_ms: run.last_ms,
        rows: run.rows,
        loops: run.loops,
        rows_rounding: run.rows_rounding,
        time_rounding_ms: run.time_rounding,
    }
}

/// What a filter throws away is what its input gave and it did not: part of the scan, join or grouping below.
fn merged(mut filter: Node) -> Node {
    let main = filter.children.iter().position(|child| child.relationship != Relationship::SubPlan);
    let Some(main) = main else { return filter };
    let kind = filter.children.get(main).map(|child| child.kind);
    let removed = removed(&filter, main);
    let takes = kind.is_some_and(|kind| {
        reads_a_table(kind)
            || matches!(
                kind,
                NodeKind::SubqueryScan
                    | NodeKind::WorkTableScan
                    | NodeKind::NestedLoop
                    | NodeKind::HashJoin
                    | NodeKind::Aggregate
                    | NodeKind::Group
            )
    });
    if !takes {
        filter.removed.by_filter = removed.map(|(rows, _)| rows);
        filter.removed.rounding = removed.map_or(0.0, |(_, rounding)| rounding);
        return filter;
    }
    let mut node = filter.children.remove(main);
    let condition = filter.filter.take();
    let joins = matches!(node.kind, NodeKind::NestedLoop | NodeKind::HashJoin);
    if joins {
        node.join_filter = both(node.join_filter.take(), condition);
        node.removed.by_join_filter = removed.map(|(rows, _)| rows);
    } else {
        node.filter = both(node.filter.take(), condition);
        node.removed.by_filter = removed.map(|(rows, _)| rows);
    }
    node.removed.rounding = removed.map_or(0.0, |(_, rounding)| rounding);
    if let Some(read) = node.plan_rows.filter(|_| filter.actual.is_none() && !joins) {
        // Nothing was counted: what is read is told apart from what comes out.
        node.extra.insert("rows".to_owned(), read.into());
    }
    node.plan_rows = filter.plan_rows.or(node.plan_rows);
    node.total_cost = filter.total_cost.or(node.total_cost);
    node.actual = filter.actual.or(node.actual);
    node.children.extend(filter.children);
    node
}

fn both(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first} and {second}")),
        (first, second) => first.or(second),
    }
}

/// Mean per loop of the input, and its rounding. Nothing is known where the two ran a different number of times.
fn removed(filter: &Node, main: usize) -> Option<(f64, f64)> {
    let (kept, read) = (filter.actual?, filter.children.get(main)?.actual?);
    let same = kept.loops == read.loops && kept.loops > 0.0;
    same.then(|| ((read.rows - kept.rows).max(0.0), read.rows_rounding + kept.rows_rounding))
}
