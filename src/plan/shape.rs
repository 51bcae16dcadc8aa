//! A plan without its numbers, to tell whether two plans are the same one.

use std::fmt::Write;

use super::{Node, Plan};

/// One line a node, indented by depth: its label, what it reads and by which index. Equal for two
/// executions of one plan, different as soon as an operator, a table, an index or their order changes.
/// Numbers of workers are left out: a server starts as many as it can spare.
pub fn plan_shape(plan: &Plan) -> String {
    let mut shape = String::new();
    let mut pending = vec![(&plan.root, 0)];
    while let Some((node, depth)) = pending.pop() {
        describe(node, depth, &mut shape);
        pending.extend(node.children.iter().rev().map(|child| (child, depth + 1)));
    }
    shape
}

fn describe(node: &Node, depth: usize, shape: &mut String) {
    shape.extend(std::iter::repeat_n("  ", depth));
    if node.parallel_aware {
        shape.push_str("Parallel ");
    }
    shape.push_str(&node.label);
    let strategy = node.aggregate.as_ref().and_then(|a| a.strategy.as_deref());
    let direction = node.scan_backward.then_some("backward");
    for word in [node.join_type.as_deref(), strategy, direction].into_iter().flatten() {
        push(shape, word);
    }
    let target = [("using", &node.index), ("on", &node.relation), ("of", &node.source)];
    for (word, name) in target.into_iter().filter_map(|(word, name)| Some((word, name.as_ref()?))) {
        push(shape, word);
        push(shape, name);
    }
    if let Some(alias) =
        node.alias.as_deref().filter(|alias| node.relation.as_deref() != Some(alias))
    {
        push(shape, alias);
    }
    shape.push('\n');
}

/// Writing to a string cannot fail.
fn push(shape: &mut String, word: &str) {
    let _ = write!(shape, " {word}");
}
