//! What was remembered from loop to loop, and whether it was asked for again.

use crate::plan::Memoization;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn remembered<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("memoize_hits", "count", "look-ups answered from memory", |s: &S| {
            Some(s.memory().map_or(0.0, |m| m.hits as f64))
        }),
        Fact::number("memoize_misses", "count", "look-ups that were not", |s: &S| {
            Some(s.memory().map_or(0.0, |m| m.misses as f64))
        }),
        Fact::number("memoize_hit_share", "ratio", "answered from memory / all", |s: &S| {
            let Some(memory) = s.memory() else { return Some(0.0) };
            let all = (memory.hits + memory.misses) as f64;
            Some(memory.hits as f64 / all.max(1.0))
        }),
        Fact::number(
            "memoize_evictions",
            "count",
            "results that were forgotten, or not kept, for lack of memory",
            |s: &S| Some(s.memory().map_or(0.0, |m| (m.evictions + m.overflows) as f64)),
        ),
        Fact::text("memoize_key", "by what they are remembered", |s: &S| {
            Some(s.memory().and_then(|m| m.key.clone()).unwrap_or_default())
        }),
    ]
}

impl<'a> S<'a> {
    fn memory(&self) -> Option<&'a Memoization> {
        self.node.memoize.as_deref()
    }
}
