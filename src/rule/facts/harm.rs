//! What a wrong row estimate did to the plan above it.

use crate::plan::{Node, NodeKind, Relationship};
use crate::stats::Interval;

use super::site::NodeSite;
use super::structure::{inner_of, spilled};

/// Loops of an inner side from which too low an estimate of the outer one counts as harm.
const LOOPS_THAT_HURT: f64 = 1_000.0;
/// An input's estimate is off from this factor on.
const OFF: f64 = 10.0;

/// The part of a plan that suffered, in words, and the input whose estimate made it suffer.
pub struct Harm<'a> {
    pub words: String,
    pub input: &'a Node,
}

impl<'a> NodeSite<'a> {
    /// The first harm on the way up. Only what was measured counts: a join that looped, something that
    /// went to disk; and only where *more* rows came than expected: fewer make no loop longer, and need
    /// no more memory. Of the nodes above those count that inherited their error from this one.
    pub fn harm(&self) -> Option<Harm<'a>> {
        // Most nodes began nothing: asked first, so that deep plans are not walked up from each of them.
        let began = self.metrics.misestimate_origin.is_none();
        if !began || self.metrics.misestimate.is_none_or(|m| !m.under || m.ratio.low < OFF / 3.0) {
            return None;
        }
        let mut below = self.node;
        for parent in self.ancestors.iter().rev() {
            if self.passes_error_on(below)
                && let Some(words) = suffering(parent, below)
            {
                return Some(Harm { words, input: below });
            }
            below = parent;
        }
        None
    }

    fn passes_error_on(&self, node: &Node) -> bool {
        let Some(metrics) = self.metrics_of(node) else { return false };
        let from_here = node.id == self.node.id || metrics.misestimate_origin == Some(self.node.id);
        from_here && metrics.misestimate.is_some_and(|m| m.under && m.ratio.low >= OFF)
    }

    /// How far the estimate was off here, or where it did harm, whichever is more.
    pub fn error_at_harm(&self) -> Option<Interval> {
        let own = self.metrics.misestimate?.ratio;
        let input = self.harm().and_then(|harm| self.metrics_of(harm.input)?.misestimate);
        Some(input.map_or(own, |m| if m.ratio.low > own.low { m.ratio } else { own }))
    }
}

fn suffering(parent: &Node, below: &Node) -> Option<String> {
    if parent.kind == NodeKind::NestedLoop && below.relationship == Relationship::Outer {
        let loops = inner_of(parent).and_then(|inner| inner.actual).map_or(0.0, |a| a.loops);
        if loops >= LOOPS_THAT_HURT {
            return Some("a nested loop runs its inner side for each of these rows".to_owned());
        }
    }
    spilled(parent).then(|| format!("{} above it spilled to disk", parent.label))
}
