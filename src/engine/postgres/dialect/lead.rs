//! The same statement with another table in front.

use pg_query::protobuf::{JoinType, SelectStmt};
use pg_query::{Node, NodeEnum};

use super::parse::{parse_one, written};

/// `join_collapse_limit` and `from_collapse_limit` as shipped: up to so many relations the order in which they are written
/// makes no difference to the planner.
const ORDER_IS_FREE: usize = 8;

/// `sql` with `table` first in each FROM that it stands in: same rows, same cost, other columns of a `*` first. `None`
/// where no FROM could be changed so.
pub fn led_by(sql: &str, table: &str) -> Option<String> {
    let mut tree = parse_one(sql).ok()?;
    let statement = tree.stmts.first_mut()?.stmt.as_mut()?;
    if !lead_in(statement, table) {
        return None;
    }
    written(&tree)
}

/// True when anything was moved. Looks into whatever has a FROM of its own at the level of a FROM: WITH, sub-selects
/// and the arms of set operations; not into sub-selects of conditions.
fn lead_in(node: &mut Node, table: &str) -> bool {
    match &mut node.node {
        Some(NodeEnum::SelectStmt(select)) => lead(select, table),
        Some(NodeEnum::RangeSubselect(sub)) => {
            sub.subquery.as_deref_mut().is_some_and(|query| lead_in(query, table))
        }
        Some(NodeEnum::CommonTableExpr(with)) => {
            with.ctequery.as_deref_mut().is_some_and(|query| lead_in(query, table))
        }
        Some(NodeEnum::JoinExpr(join)) => {
            let sides = [join.larg.as_deref_mut(), join.rarg.as_deref_mut()];
            any(sides.into_iter().flatten(), table)
        }
        _ => false,
    }
}

fn any<'n>(nodes: impl Iterator<Item = &'n mut Node>, table: &str) -> bool {
    nodes.fold(false, |moved, node| lead_in(node, table) | moved)
}

fn lead(select: &mut SelectStmt, table: &str) -> bool {
    // The arms of a set operation are matched column by column, which a `*` would upset.
    let arms = [select.larg.as_deref_mut(), select.rarg.as_deref_mut()];
    let mut moved = arms
        .into_iter()
        .flatten()
        .fold(false, |moved, arm| (!has_star(arm) && lead(arm, table)) | moved);
    if let Some(with) = &mut select.with_clause {
        moved |= any(with.ctes.iter_mut(), table);
    }
    moved |= any(select.from_clause.iter_mut(), table);
    move_to_front(&mut select.from_clause, table) | moved
}

fn has_star(select: &SelectStmt) -> bool {
    select.target_list.iter().any(|target| {
        let Some(NodeEnum::ResTarget(target)) = &target.node else { return false };
        let value = target.val.as_deref().and_then(|value| value.node.as_ref());
        let Some(NodeEnum::ColumnRef(column)) = value else { return false };
        column.fields.iter().any(|field| matches!(field.node, Some(NodeEnum::AStar(_))))
    })
}

fn move_to_front(from: &mut Vec<Node>, table: &str) -> bool {
    let leaves: Vec<&Node> = from.iter().flat_map(leaves).collect();
    let is_led = leaves.first().is_some_and(|leaf| is_table(leaf, table));
    if is_led || leaves.len() > ORDER_IS_FREE || leaves.into_iter().any(looks_left) {
        return false;
    }
    let Some(at) = from.iter().position(|item| contains(item, table)) else { return false };
    let mut item = from.remove(at);
    turn(&mut item, table);
    from.insert(0, item);
    true
}

/// Relations of a FROM's item, from left to right.
fn leaves(item: &Node) -> Vec<&Node> {
    match &item.node {
        Some(NodeEnum::JoinExpr(join)) => {
            let sides = [join.larg.as_deref(), join.rarg.as_deref()];
            sides.into_iter().flatten().flat_map(leaves).collect()
        }
        _ => vec![item],
    }
}

fn contains(item: &Node, table: &str) -> bool {
    leaves(item).into_iter().any(|leaf| is_table(leaf, table))
}

fn is_table(leaf: &Node, table: &str) -> bool {
    matches!(&leaf.node, Some(NodeEnum::RangeVar(named)) if named.relname == table)
}

/// May refer to what stands to its left: every function may, and sub-selects that say so.
fn looks_left(leaf: &Node) -> bool {
    match &leaf.node {
        Some(NodeEnum::RangeVar(_)) => false,
        Some(NodeEnum::RangeSubselect(sub)) => sub.lateral,
        _ => true,
    }
}

/// Swaps the sides of joins until `table` is leftmost.
fn turn(item: &mut Node, table: &str) {
    let Some(NodeEnum::JoinExpr(join)) = &mut item.node else { return };
    if !join.larg.as_deref().is_some_and(|left| contains(left, table)) {
        std::mem::swap(&mut join.larg, &mut join.rarg);
        let mirrored = match join.jointype() {
            JoinType::JoinLeft => JoinType::JoinRight,
            JoinType::JoinRight => JoinType::JoinLeft,
            same => same,
        };
        join.set_jointype(mirrored);
    }
    if let Some(left) = join.larg.as_deref_mut() {
        turn(left, table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(sql: &str, table: &str) -> String {
        led_by(sql, table).unwrap_or_default()
    }

    #[test]
    fn a_list_is_led_by_any_of_its_tables() {
        assert_eq!(
            led("SELECT 1 FROM a, b x, c WHERE a.id = x.id", "b"),
            "SELECT 1 FROM b x, a, c WHERE a.id = x.id"
        );
        assert_eq!(led("SELECT 1 FROM a, b", "a"), "", "it leads already");
        assert_eq!(led("SELECT 1 FROM a, b", "d"), "");
        assert_eq!(led("SELECT 1", "d"), "");
        assert_eq!(
            led(r#"SELECT '; --' FROM a, "B""b; --" WHERE x = 'it''s'"#, "B\"b; --"),
            r#"SELECT '; --' FROM "B""b; --", a WHERE x = 'it''s'"#
        );
        assert_eq!(led("SELECT FROM WHERE", "d"), "");
    }

    #[test]
    fn joins_are_turned_with_their_direction() {
        assert_eq!(
            led("SELECT 1 FROM a LEFT JOIN b ON a.id = b.id", "b"),
            "SELECT 1 FROM b RIGHT JOIN a ON a.id = b.id"
        );
        assert_eq!(
            led("SELECT 1 FROM z, a JOIN b USING (id) JOIN c ON c.id = $1", "b"),
            "SELECT 1 FROM b JOIN a USING (id) JOIN c ON c.id = $1, z"
        );
        assert_eq!(
            led("SELECT 1 FROM a JOIN b USING (id) FULL JOIN c USING (id)", "c"),
            "SELECT 1 FROM c FULL JOIN (a JOIN b USING (id)) USING (id)"
        );
    }

    #[test]
    fn every_level_that_has_a_from_is_led() {
        let with = "WITH w AS (SELECT 1 FROM a, b) SELECT 1 FROM w";
        assert_eq!(led(with, "b"), "WITH w AS (SELECT 1 FROM b, a) SELECT 1 FROM w");
        let sub = "SELECT 1 FROM c, (SELECT 1 FROM a, b) s";
        assert_eq!(led(sub, "b"), "SELECT 1 FROM c, (SELECT 1 FROM b, a) s");
        let arms = "SELECT x FROM a, b UNION ALL SELECT x FROM c, b";
        assert_eq!(led(arms, "b"), "SELECT x FROM b, a UNION ALL SELECT x FROM b, c");
    }

    #[test]
    fn what_depends_on_the_order_stays_as_it_is() {
        assert_eq!(led("SELECT 1 FROM a, unnest(a.list) x, b", "b"), "");
        assert_eq!(led("SELECT 1 FROM a, LATERAL (SELECT a.x) s, b", "b"), "");
        assert_eq!(led("SELECT * FROM a, b UNION SELECT * FROM b, a", "b"), "");
        assert_eq!(led("UPDATE a SET x = 1 FROM b WHERE a.id = b.id", "b"), "");
        let nine = "SELECT 1 FROM a, b, c, d, e, f, g, h, i";
        assert_eq!(led(nine, "i"), "");
        assert!(led(&nine.replace(", i", ""), "h").starts_with("SELECT 1 FROM h, a"));
    }
}
