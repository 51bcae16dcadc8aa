//! All facts about a node, in the order they are listed.

use super::{conditions, estimates, kinds, memory, position, volumes};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite;

pub fn facts<'a>() -> Vec<Fact<NodeSite<'a>>> {
    let mut facts = kinds::kinds();
    facts.extend(volumes::volumes());
    facts.extend(volumes::times());
    facts.extend(position::position());
    facts.extend(conditions::conditions());
    facts.extend(memory::memory());
    facts.extend(estimates::estimates());
    facts
}
