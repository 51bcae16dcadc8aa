//! The facts about nodes, made once for a plan and found by name: each node is asked for a few of hundreds.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fact::{Fact, FactSet};
use super::node;
use super::site::NodeSite;

/// The table is always made in the same order.
static PLACES: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    node::facts().iter().enumerate().map(|(place, fact)| (fact.name, place)).collect()
});

pub struct NodeTable<'a> {
    facts: Vec<Fact<NodeSite<'a>>>,
}

impl Default for NodeTable<'_> {
    fn default() -> Self {
        NodeTable { facts: node::facts() }
    }
}

impl<'a> NodeTable<'a> {
    fn named(&self, name: &str) -> Option<&Fact<NodeSite<'a>>> {
        PLACES.get(name).and_then(|place| self.facts.get(*place))
    }

    /// The value of a flag at `site`; `None` where it is not known.
    pub fn flag(&self, name: &str, site: &NodeSite<'a>) -> Option<bool> {
        self.named(name)?.flag_at(site)
    }

    pub fn all(&self, site: &NodeSite<'a>) -> FactSet {
        FactSet::of("node", self.facts.iter(), site)
    }

    /// Of the facts at `site` those that are named.
    pub fn some<'n>(&self, names: impl Iterator<Item = &'n str>, site: &NodeSite<'a>) -> FactSet {
        FactSet::of("node", names.filter_map(|name| self.named(name)), site)
    }
}
