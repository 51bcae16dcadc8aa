//! All facts about a node, in the order they are listed.

use super::{
    bitmaps, calls, conditions, ctes, details, distance, estimates, joins, kinds, memory, mismatch,
    position, storage, subplans, top_n, volumes,
};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite;

pub fn facts<'a>() -> Vec<Fact<NodeSite<'a>>> {
    let mut facts = kinds::kinds();
    facts.extend(volumes::volumes());
    facts.extend(volumes::times());
    facts.extend(position::position());
    facts.extend(conditions::conditions());
    facts.extend(calls::calls());
    facts.extend(memory::memory());
    facts.extend(estimates::estimates());
    facts.extend(joins::joins());
    facts.extend(bitmaps::bitmaps());
    facts.extend(storage::storage());
    facts.extend(ctes::ctes());
    facts.extend(top_n::top_n());
    facts.extend(details::details());
    facts.extend(distance::distance());
    facts.extend(mismatch::mismatch());
    facts.extend(subplans::subplans());
    facts
}
