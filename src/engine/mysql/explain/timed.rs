//! Nodes with what was measured of them, in totals over all loops, until the tree is whole.

use crate::plan::{Actual, Node};

/// A finished subtree.
#[derive(Debug, Clone)]
pub struct Timed {
    pub node: Node,
    /// `None` where the plan was only estimated.
    pub run: Option<Run>,
}

/// Totals over all loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// 0 = never executed.
    pub loops: f64,
    pub rows: f64,
    /// Milliseconds, children included.
    pub inclusive_ms: f64,
}

impl Timed {
    /// Hangs `children` below `node` and settles its times: its own on top of the children's, or what
    /// the server says of all of it, whichever is more. (Clocks are read once per row, so a sum of
    /// parts can exceed the whole by a little; an inclusive time below its parts would be a lie.)
    pub fn build(mut node: Node, measured: Option<Measured>, children: Vec<Timed>) -> Timed {
        let below: f64 = children.iter().filter_map(|c| c.run).map(|run| run.inclusive_ms).sum();
        let run = measured.map(|measured| Run {
            loops: measured.loops,
            rows: measured.rows,
            inclusive_ms: (below + measured.own_ms).max(measured.declared_ms.unwrap_or(0.0)),
        });
        node.actual = run.map(per_loop);
        node.children.extend(children.into_iter().map(|child| child.node));
        super::buffers::include_children(&mut node);
        Timed { node, run }
    }

    /// With one more child, whose time comes on top.
    pub fn with(mut self, child: Timed) -> Timed {
        let below = child.run.map_or(0.0, |run| run.inclusive_ms);
        self.run = self.run.map(|run| Run { inclusive_ms: run.inclusive_ms + below, ..run });
        self.node.actual = self.run.map(per_loop);
        super::buffers::include(&mut self.node, &child.node);
        self.node.children.push(child.node);
        self
    }

    pub fn loops(&self) -> f64 {
        self.run.map_or(0.0, |run| run.loops)
    }

    pub fn rows(&self) -> f64 {
        self.run.map_or(0.0, |run| run.rows)
    }
}

/// What the server measured of one operation, in totals over all loops.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    pub loops: f64,
    pub rows: f64,
    /// Without children.
    pub own_ms: f64,
    /// With children, where the server says so.
    pub declared_ms: Option<f64>,
}

fn per_loop(run: Run) -> Actual {
    let each = |total: f64| if run.loops > 0.0 { total / run.loops } else { 0.0 };
    Actual {
        startup_ms: None,
        total_ms: Some(each(run.inclusive_ms)),
        rows: each(run.rows),
        loops: run.loops,
        rows_rounding: 0.0,
        time_rounding_ms: 0.0,
    }
}
