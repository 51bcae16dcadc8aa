//! Subqueries that ran while rows were sorted or stored: printed beside that step, whose time holds theirs.

use super::timed::Timed;
use crate::plan::{Node, Relationship};

/// Hangs subqueries below the step that ran them, where the parts of a block would otherwise take longer than the block;
/// returns the others.
pub fn settled(main: &mut [Timed], subqueries: Vec<Timed>, declared_ms: Option<f64>) -> Vec<Timed> {
    let Some(declared) = declared_ms else { return subqueries };
    let ms = |timed: &Timed| timed.run.map_or(0.0, |run| run.inclusive_ms);
    let mut all: f64 = main.iter().chain(&subqueries).map(ms).sum();
    let mut beside = Vec::new();
    for subquery in subqueries {
        let own = ms(&subquery);
        // Clocks are read apart: a little too much says nothing.
        let Some(top) = main.first_mut().filter(|_| all > declared * SLACK && own > 0.0) else {
            beside.push(subquery);
            continue;
        };
        match place(&mut top.node, subquery, own) {
            None => all -= own,
            Some(subquery) => beside.push(subquery),
        }
    }
    beside
}

const SLACK: f64 = 1.02;

/// Down the main stream, to the first step whose own time has room; the subquery itself where there is none.
fn place(node: &mut Node, subquery: Timed, ms: f64) -> Option<Timed> {
    let own = total(node) - node.children.iter().map(total).sum::<f64>();
    if own * SLACK >= ms {
        node.children.push(subquery.node);
        return None;
    }
    let input = |child: &&mut Node| child.relationship == Relationship::Outer;
    match node.children.iter_mut().find(input) {
        Some(input) => place(input, subquery, ms),
        None => Some(subquery),
    }
}

/// Milliseconds over all loops.
fn total(node: &Node) -> f64 {
    node.actual.map_or(0.0, |actual| actual.total_ms.unwrap_or(0.0) * actual.loops)
}
