//! The text of a plan gives the same tree as its JSON. Both were captured from executions of their
//! own, so what differs between two executions (times, and who did what in parallel) is left out.

use planwise::plan::{Buffers, Node, NodeId, NodeKind, Plan};

use super::captures::{SERVERS, names, plan};

#[test]
fn text_and_json_give_the_same_tree() {
    let mut compared = 0;
    for server in SERVERS {
        for name in names() {
            let from_json = comparable(&plan(server, &format!("{name}.json")));
            let from_text = comparable(&plan(server, &format!("{name}.txt")));
            for (text, json) in from_text.iter().zip(&from_json) {
                assert_eq!(text, json, "{server}/{name}");
            }
            assert_eq!(from_text.len(), from_json.len(), "{server}/{name}");
            compared += 1;
        }
    }
    assert!(compared >= 80);
}

#[test]
fn surroundings_agree_too() {
    for server in SERVERS {
        for name in names() {
            let json = plan(server, &format!("{name}.json"));
            let text = plan(server, &format!("{name}.txt"));
            assert_eq!(text.evidence, json.evidence, "{server}/{name}");
            assert_eq!(text.settings, json.settings, "{server}/{name}");
            assert_eq!(text.query_id, json.query_id, "{server}/{name}");
            assert!(text.execution_ms.is_some() && text.planning_ms.is_some());
            assert_eq!(text.jit.is_some(), json.jit.is_some(), "{server}/{name}");
            let calls = |plan: &Plan| -> Vec<(Option<String>, Option<String>, f64)> {
                let of =
                    |t: &planwise::plan::Trigger| (t.name.clone(), t.constraint.clone(), t.calls);
                plan.triggers.iter().map(of).collect()
            };
            assert_eq!(calls(&text), calls(&json), "{server}/{name}");
            let output = |plan: &Plan| plan.serialization.as_ref().map(|s| s.format.clone());
            assert_eq!(output(&text), output(&json), "{server}/{name}");
        }
    }
}

/// Nodes in pre-order, each with the ids of its children.
pub fn comparable(plan: &Plan) -> Vec<(Node, Vec<NodeId>)> {
    let walk = plan.walk().into_iter();
    walk.map(|(node, ancestors)| {
        let parallel = ancestors.iter().chain([&node]).any(|n| n.kind == NodeKind::Gather);
        let children = node.children.iter().map(|child| child.id).collect();
        let mut alone = node.clone();
        alone.children.clear();
        forget_execution(&mut alone, parallel);
        (alone, children)
    })
    .collect()
}

fn forget_execution(node: &mut Node, parallel: bool) {
    node.extra.clear();
    node.buffers = node.buffers.map(|_| Buffers::default());
    // Text is silent about I/O times and WAL when all are zero.
    (node.io, node.wal) = (None, None);
    node.workers.clear();
    if let Some(actual) = &mut node.actual {
        actual.startup_ms = actual.startup_ms.map(|_| 0.0);
        actual.total_ms = actual.total_ms.map(|_| 0.0);
        if parallel {
            (actual.rows, actual.loops) = (0.0, 0.0);
        }
    }
    if parallel {
        node.removed = Default::default();
        (node.exact_heap_blocks, node.lossy_heap_blocks) = (None, None);
        if let Some(sort) = &mut node.sort {
            (sort.method, sort.space_kb, sort.on_disk) = (None, None, false);
        }
        node.hash = node.hash.as_ref().map(|_| Default::default());
    }
}
