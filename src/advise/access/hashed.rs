//! Subqueries that the planner hashes: it reads them once and compares what they hand out, so no condition of the plan
//! says by what their rows would be looked up one at a time. An index on those columns gives it that choice back
//! (`EXISTS (…) OR EXISTS (…)` cannot be joined, and is costed as one or the other).

use crate::engine::{KeySubject, Table};
use crate::plan::{Node, Plan, Relationship};

use super::types::Grammar;

/// Columns of the table known by any of `aliases` that hashed subqueries hand out, one group for each subquery.
pub fn keys(
    nodes: &[(&Node, Vec<&Node>)],
    aliases: &[&str],
    table: &Table,
    grammar: Grammar<'_>,
) -> Vec<Vec<KeySubject>> {
    let hashed = nodes.iter().map(|(node, _)| *node).filter(|node| is_hashed(node, nodes));
    let groups = hashed.filter(|top| reads(top, aliases)).map(|top| {
        let handed =
            |name: &str| top.output.iter().any(|text| is_column(text, name, aliases, grammar));
        let columns = table.columns.iter().filter(|column| handed(&column.name));
        columns.map(|column| KeySubject::Column(column.name.clone())).collect::<Vec<_>>()
    });
    groups.filter(|group| !group.is_empty()).collect()
}

/// Whether the plan's own cost is that of another plan: PostgreSQL chooses between hashing a subquery and asking it for each
/// row after it has priced the query, by the second (`cost_qual_eval_walker` in costsize.c takes the first alternative).
pub fn hides_its_cost(plan: &Plan) -> bool {
    let nodes = plan.walk();
    nodes.iter().any(|(node, _)| is_hashed(node, &nodes))
}

fn is_hashed(node: &Node, nodes: &[(&Node, Vec<&Node>)]) -> bool {
    let Some(name) = &node.subplan_name else { return false };
    let mention = format!("hashed {name}");
    let says = |text: &Option<String>| {
        let after = |at: usize| text.as_ref().and_then(|t| t[at + mention.len()..].chars().next());
        text.as_ref().is_some_and(|text| {
            text.match_indices(&mention)
                .any(|(at, _)| !after(at).is_some_and(|c| c.is_alphanumeric()))
        })
    };
    node.relationship == Relationship::SubPlan
        && nodes.iter().any(|(other, _)| {
            [&other.filter, &other.join_filter, &other.join_cond, &other.one_time_filter]
                .into_iter()
                .any(says)
        })
}

/// The table is read in the subquery itself, not in one of its own.
fn reads(top: &Node, aliases: &[&str]) -> bool {
    let here = top.relation.is_some()
        && top.alias.as_deref().is_some_and(|alias| aliases.contains(&alias));
    let below = top.children.iter().filter(|child| child.relationship != Relationship::SubPlan);
    here || below.into_iter().any(|child| reads(child, aliases))
}

fn is_column(text: &str, name: &str, aliases: &[&str], grammar: Grammar<'_>) -> bool {
    let quoted = grammar.dialect.quote_identifier(name);
    let qualified =
        |alias: &&str| text == format!("{}.{quoted}", grammar.dialect.quote_identifier(alias));
    text == quoted || aliases.iter().any(qualified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::NodeKind;

    #[test]
    fn a_subquery_is_hashed_where_a_condition_says_so_of_its_very_name() {
        let subplan = |name: &str| {
            let mut node = Node::new(NodeKind::SeqScan, "Seq Scan");
            (node.relationship, node.subplan_name) = (Relationship::SubPlan, Some(name.to_owned()));
            node
        };
        let mut outer = Node::new(NodeKind::SeqScan, "Seq Scan");
        outer.filter = Some("(active OR (hashed SubPlan 12) OR (SubPlan 3))".to_owned());
        let (first, twelfth, third) =
            (subplan("SubPlan 1"), subplan("SubPlan 12"), subplan("SubPlan 3"));
        let nodes = [(&outer, Vec::new())];
        assert!(is_hashed(&twelfth, &nodes));
        assert!(!is_hashed(&first, &nodes), "a longer number is another subquery");
        assert!(!is_hashed(&third, &nodes), "it is asked for each row");
    }
}
