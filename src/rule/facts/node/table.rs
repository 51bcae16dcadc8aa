//! All facts about a node, in the order they are listed.

use super::{
    bitmaps, builds, calls, conditions, considered, ctes, details, distance, estimates, grouping,
    joins, kinds, memory, mismatch, operators, partitions, position, remembered, sizes, storage,
    subplans, top_n, volumes, ways, written,
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
    facts.extend(considered::considered());
    facts.extend(subplans::subplans());
    facts.extend(operators::operators());
    facts.extend(partitions::partitions());
    facts.extend(builds::builds());
    facts.extend(grouping::grouping());
    facts.extend(sizes::sizes());
    facts.extend(remembered::remembered());
    facts.extend(written::written());
    facts.extend(ways::ways());
    facts.extend(ways::unknown_to_planner());
    facts
}
