//! A plan with its ways up: questions about where a node stands.

use std::collections::HashMap;

use super::{Node, NodeId, NodeKind, Plan, Relationship};

/// Every node with its parent. Ids are positions in pre-order, so a lookup is one step.
pub struct Ancestry<'a> {
    nodes: Vec<&'a Node>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<NodeId>>,
    /// Position behind the last node of each subtree.
    ends: Vec<usize>,
    /// By scan of a common table expression: the top of the body it reads.
    bodies: HashMap<NodeId, NodeId>,
    /// By top of such a body: its scans in pre-order.
    scans: HashMap<NodeId, Vec<NodeId>>,
}

impl<'a> Ancestry<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        let mut nodes = Vec::new();
        let mut parents = Vec::new();
        let mut pending = vec![(&plan.root, None)];
        while let Some((node, parent)) = pending.pop() {
            let position = nodes.len();
            nodes.push(node);
            parents.push(parent);
            pending.extend(node.children.iter().rev().map(|child| (child, Some(position))));
        }
        let mut children = vec![Vec::new(); nodes.len()];
        let mut ends: Vec<usize> = (1..=nodes.len()).collect();
        for (position, parent) in parents.iter().enumerate() {
            if let Some(parent) = *parent {
                children[parent].push(NodeId(position));
            }
        }
        for (position, parent) in parents.iter().enumerate().rev() {
            if let Some(parent) = *parent {
                ends[parent] = ends[parent].max(ends[position]);
            }
        }
        let mut tree = Ancestry {
            nodes,
            parents,
            children,
            ends,
            bodies: HashMap::new(),
            scans: HashMap::new(),
        };
        tree.find_bodies();
        tree
    }

    /// Once for all scans, so that asking costs nothing however many there are.
    fn find_bodies(&mut self) {
        let mut definers: HashMap<(NodeId, &str), Vec<NodeId>> = HashMap::new();
        for id in self.ids() {
            let name = self.node(id).and_then(|node| node.defines_cte.as_deref());
            if let (Some(name), Some(parent)) = (name, self.parent(id)) {
                definers.entry((parent, name)).or_default().push(id);
            }
        }
        let scans = self.ids().filter(|id| self.kind(*id) == Some(NodeKind::CteScan));
        let found: Vec<_> =
            scans.filter_map(|scan| Some((scan, self.body_of(scan, &definers)?))).collect();
        for (scan, body) in found {
            self.bodies.insert(scan, body);
            self.scans.entry(body).or_default().push(scan);
        }
    }

    /// The nearest of that name above the scan, other than a body that the scan itself is part of.
    fn body_of(
        &self,
        scan: NodeId,
        definers: &HashMap<(NodeId, &str), Vec<NodeId>>,
    ) -> Option<NodeId> {
        let name = self.node(scan)?.source.as_deref()?;
        let mut around = std::iter::once(scan).chain(self.above(scan));
        around.find_map(|above| {
            let named = definers.get(&(above, name))?;
            named.iter().copied().find(|body| !self.holds(*body, scan))
        })
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// In pre-order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    pub fn node(&self, id: NodeId) -> Option<&'a Node> {
        self.nodes.get(id.0).copied()
    }

    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(id.0).copied().flatten().map(NodeId)
    }

    pub fn children(&self, id: NodeId) -> &[NodeId] {
        self.children.get(id.0).map_or(&[], Vec::as_slice)
    }

    /// The nodes above `id`, nearest first.
    pub fn above(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |above| self.parent(*above))
    }

    /// `id` and everything below it, in pre-order.
    pub fn subtree(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        let end = self.ends.get(id.0).copied().unwrap_or(id.0);
        (id.0..end).map(NodeId)
    }

    pub fn kind(&self, id: NodeId) -> Option<NodeKind> {
        self.node(id).map(|node| node.kind)
    }

    /// The operator that starts the parallel workers `id` runs in. What an init plan or a CTE's body
    /// does runs outside the workers of the nodes above it.
    pub fn gather_above(&self, id: NodeId) -> Option<NodeId> {
        let mut below = id;
        loop {
            if self.node(below)?.relationship == Relationship::InitPlan {
                return None;
            }
            below = self.parent(below)?;
            if self.kind(below) == Some(NodeKind::Gather) {
                return Some(below);
            }
        }
    }

    /// The nearest nested loop whose inner side holds `id`: it is run once a row of the outer side.
    pub fn nested_loop_around(&self, id: NodeId) -> Option<NodeId> {
        self.steps_up(id).find_map(|(below, above)| {
            let inner = self.node(below)?.relationship == Relationship::Inner;
            (inner && self.kind(above) == Some(NodeKind::NestedLoop)).then_some(above)
        })
    }

    /// A LIMIT above that can end `id` before its last row: nothing between them reads everything first.
    pub fn limit_above(&self, id: NodeId) -> Option<NodeId> {
        for (below, above) in self.steps_up(id) {
            if self.node(below)?.relationship == Relationship::InitPlan {
                return None;
            }
            if self.kind(above) == Some(NodeKind::Limit) {
                return Some(above);
            }
            if self.reads_everything(below, above) {
                return None;
            }
        }
        None
    }

    /// Pairs of a node and its parent, from `id` up.
    pub fn steps_up(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let step = |below: NodeId| self.parent(below).map(|above| (below, above));
        std::iter::successors(step(id), move |(_, above)| step(*above))
    }

    /// `above` takes the last row of its input `below` before it returns its first.
    pub fn reads_everything(&self, below: NodeId, above: NodeId) -> bool {
        let (Some(input), Some(node)) = (self.node(below), self.node(above)) else { return false };
        match node.kind {
            NodeKind::Sort | NodeKind::Hash => true,
            NodeKind::BitmapHeapScan | NodeKind::BitmapAnd | NodeKind::BitmapOr => true,
            NodeKind::Aggregate => {
                let strategy = node.aggregate.as_ref().and_then(|a| a.strategy.as_deref());
                strategy != Some("Sorted")
            }
            NodeKind::HashJoin => input.relationship == Relationship::Inner,
            _ => false,
        }
    }

    /// The top of the body that a scan of a common table expression reads.
    pub fn cte_body(&self, scan: NodeId) -> Option<NodeId> {
        self.bodies.get(&scan).copied()
    }

    /// `id` is `top` or stands below it.
    pub fn holds(&self, top: NodeId, id: NodeId) -> bool {
        let end = self.ends.get(top.0).copied().unwrap_or(0);
        (top.0..end).contains(&id.0)
    }

    /// The scans that read the body of a common table expression, in pre-order.
    pub fn cte_scans(&self, body: NodeId) -> &[NodeId] {
        self.scans.get(&body).map_or(&[], Vec::as_slice)
    }
}
