//! Whatever is pasted as a plan is read or refused, and what is read can be measured.
#![no_main]

use libfuzzer_sys::fuzz_target;
use planwise::engine::postgres::explain::parse;
use planwise::plan::{measure, plan_shape};

fuzz_target!(|text: &str| {
    if let Ok(plan) = parse(text) {
        let nodes = plan_shape(&plan).lines().count();
        let measured = measure(&plan);
        assert!(measured.nodes.len() <= nodes);
        for metrics in &measured.nodes {
            if let Some(own) = metrics.self_ms {
                assert!(own.low <= own.high && own.low >= 0.0);
            }
        }
    }
});
