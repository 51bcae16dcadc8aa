//! Calls in a node's conditions that give the same value for every row, and are made for every row all the same.

use crate::plan::Node;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::sql::constant_calls;

/// They read a clock or a counter, for less than a comparison takes.
const CHEAP: [&str; 8] = [
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "clock_timestamp",
    "timeofday",
    "random",
    "gen_random_uuid",
    "uuid_generate_v4",
];

pub fn calls<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text(
            "constant_call",
            "a call in its filter or join filter whose arguments are constants, so that it need be made once only; clocks and random numbers apart; empty without one",
            |s: &S| Some(constant_call(s.node).unwrap_or_default()),
        ),
        Fact::number(
            "working_us",
            "µs",
            "elapsed in it for each row it checked, reading of blocks left out",
            |s: &S| Some(s.working_us()),
        ),
    ]
}

/// The planner computes what is fixed for ever: a call that is left over may change from one statement to
/// the next, and is not remembered from one row to the next.
fn constant_call(node: &Node) -> Option<String> {
    let conditions = [&node.filter, &node.join_filter].into_iter().flatten();
    let mut calls = conditions.flat_map(|condition| constant_calls(condition));
    calls.find(|call| !CHEAP.iter().any(|name| call.split('(').next() == Some(name)))
}

impl S<'_> {
    fn working_us(&self) -> f64 {
        /// A block that the system's cache held.
        const BLOCK_MS: f64 = 0.02;
        let low = |interval: Option<crate::stats::Interval>| interval.map_or(0.0, |i| i.low);
        let rows = low(self.metrics.rows_total) + low(self.metrics.removed_total);
        let timed = self.metrics.self_io.map_or(0.0, |io| io.read_ms);
        let read = self.metrics.self_buffers.map_or(0.0, |b| b.shared_read as f64 * BLOCK_MS);
        let working = (low(self.metrics.self_ms) - timed.max(read)).max(0.0);
        1000.0 * working / rows.max(1.0)
    }
}
