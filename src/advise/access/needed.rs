//! Which columns of a table a query really reads: what an index-only scan would have to carry.

use std::collections::BTreeSet;

use crate::engine::Table;
use crate::plan::{Node, NodeKind};

use super::types::Grammar;

/// A scan below another node often lists all columns because projecting would cost time, so the
/// scan's ancestors are asked instead. `None` without the plan's output lists, or for whole rows.
pub fn needed(
    node: &Node,
    path: &[&Node],
    aliases: &[&str],
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<BTreeSet<String>> {
    if node.output.is_empty() || path.iter().any(|ancestor| ancestor.operation.is_some()) {
        return None;
    }
    let mut texts: Vec<&str> = conditions(node);
    if path.is_empty() {
        texts.extend(node.output.iter().map(String::as_str));
    }
    for ancestor in path {
        texts.extend(conditions(ancestor));
        texts.extend(ancestor.output.iter().map(String::as_str));
        texts.extend(handed_over(ancestor, node));
    }
    let qualifiers: Vec<String> = aliases
        .iter()
        .map(|alias| format!("{}.", grammar.dialect.quote_identifier(alias)))
        .collect();
    let mentioned = |name: &str| {
        let qualified = qualifiers.iter().map(|qualifier| format!("{qualifier}{name}"));
        qualified.into_iter().any(|name| texts.iter().any(|text| mentions(text, &name)))
    };
    if mentioned("*") {
        return None;
    }
    let read = table.columns.iter().filter(|column| {
        let quoted = grammar.dialect.quote_identifier(&column.name);
        mentioned(&quoted) || texts.iter().any(|text| mentions(text, &quoted))
    });
    Some(read.map(|column| column.name.clone()).collect())
}

/// A nested loop hands columns of one side to conditions anywhere below its other side.
fn handed_over<'p>(ancestor: &'p Node, node: &Node) -> Vec<&'p str> {
    if ancestor.kind != NodeKind::NestedLoop {
        return Vec::new();
    }
    let mut texts = Vec::new();
    let mut pending: Vec<&Node> = ancestor.children.iter().collect();
    while let Some(below) = pending.pop() {
        if below.id != node.id {
            texts.extend(conditions(below));
        }
        pending.extend(&below.children);
    }
    texts
}

fn conditions(node: &Node) -> Vec<&str> {
    let conditions = [
        &node.filter,
        &node.index_cond,
        &node.recheck_cond,
        &node.join_cond,
        &node.join_filter,
        &node.one_time_filter,
    ];
    let sorted = node.sort.iter().flat_map(|sort| &sort.keys);
    let grouped = node.aggregate.iter().flat_map(|aggregate| &aggregate.group_keys);
    conditions.into_iter().flatten().chain(sorted).chain(grouped).map(String::as_str).collect()
}

/// The same behind whatever qualifier.
pub(super) fn mentions_unqualified(text: &str, name: &str) -> bool {
    mentions(text, name) || mentions(&text.replace('.', " "), name)
}

/// `name` stands in `text` as a whole name, not as part of a longer one or behind another qualifier.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !before.is_some_and(continues_name)
            && before != Some('.')
            && !(continues_name_after(found) && after.is_some_and(continues_name))
    })
}

fn continues_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '"' | '$')
}

fn continues_name_after(name: &str) -> bool {
    name.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_count() {
        assert!(mentions("(o.total > 5)", "o.total"));
        assert!(mentions("max(placed_at)", "placed_at"));
        assert!(!mentions("(o.total_net > 5)", "o.total"));
        assert!(!mentions("(foo.total > 5)", "o.total"));
        assert!(!mentions("c.total", "total"));
        assert!(mentions("\"select; --\".\"a\"\"b\"", "\"select; --\".\"a\"\"b\""));
    }
}
