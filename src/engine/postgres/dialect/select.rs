//! What the outermost query returns, and in which order.

use pg_query::protobuf::{ParseResult, SelectStmt, SetOperation, SortBy, SortByDir, SortByNulls};
use pg_query::{Node, NodeEnum, NodeRef};

use super::operand::{column, operand, text};
use crate::sql::{Operand, SortKey};

#[derive(Debug, Default)]
pub struct Outermost {
    pub select_star: bool,
    pub offset: Option<Operand>,
    pub limit: Option<Operand>,
    pub order_by: Vec<SortKey>,
    pub has_where: bool,
    pub aggregates: bool,
}

impl Outermost {
    pub fn of(statement: &NodeEnum) -> Outermost {
        match statement {
            NodeEnum::SelectStmt(select) => Outermost::of_select(select),
            NodeEnum::UpdateStmt(update) => {
                Outermost { has_where: update.where_clause.is_some(), ..Outermost::default() }
            }
            NodeEnum::DeleteStmt(delete) => {
                Outermost { has_where: delete.where_clause.is_some(), ..Outermost::default() }
            }
            _ => Outermost::default(),
        }
    }

    fn of_select(select: &SelectStmt) -> Outermost {
        let arms = arms(select);
        Outermost {
            select_star: arms.iter().any(|arm| arm.target_list.iter().any(is_star)),
            offset: select.limit_offset.as_deref().map(operand),
            limit: select.limit_count.as_deref().filter(|n| !is_null(n)).map(operand),
            order_by: select.sort_clause.iter().filter_map(|key| sort_key(select, key)).collect(),
            has_where: arms.iter().any(|arm| arm.where_clause.is_some()),
            aggregates: arms.iter().any(|arm| aggregates(arm)),
        }
    }
}

/// The plain SELECTs of a set operation; the SELECT itself when it is none.
fn arms(select: &SelectStmt) -> Vec<&SelectStmt> {
    let (mut plain, mut pending) = (Vec::new(), vec![select]);
    while let Some(select) = pending.pop() {
        match (select.op == SetOperation::SetopNone as i32, &select.larg, &select.rarg) {
            (false, Some(left), Some(right)) => pending.extend([right.as_ref(), left.as_ref()]),
            _ => plain.push(select),
        }
    }
    plain
}

/// LIMIT ALL arrives as a NULL constant.
fn is_null(node: &Node) -> bool {
    matches!(&node.node, Some(NodeEnum::AConst(constant)) if constant.isnull)
}

fn target_value(target: &Node) -> Option<&Node> {
    match target.node.as_ref()? {
        NodeEnum::ResTarget(target) => target.val.as_deref(),
        _ => None,
    }
}

fn is_star(target: &Node) -> bool {
    match target_value(target).and_then(|value| value.node.as_ref()) {
        Some(NodeEnum::ColumnRef(reference)) => {
            let last = reference.fields.last().and_then(|field| field.node.as_ref());
            matches!(last, Some(NodeEnum::AStar(_)))
        }
        _ => false,
    }
}

fn sort_key(select: &SelectStmt, key: &Node) -> Option<SortKey> {
    let NodeEnum::SortBy(sort) = key.node.as_ref()? else { return None };
    let written = sort.node.as_deref()?;
    let meant = resolve(select, written).unwrap_or(written);
    let descending = is_descending(sort);
    let nulls_first = match SortByNulls::try_from(sort.sortby_nulls) {
        Ok(SortByNulls::SortbyNullsFirst) => true,
        Ok(SortByNulls::SortbyNullsLast) => false,
        _ => descending,
    };
    Some(SortKey { column: column(meant), text: text(meant), descending, nulls_first })
}

/// `USING >` is a descending sort as well.
fn is_descending(sort: &SortBy) -> bool {
    let operator = sort.use_op.last().and_then(|name| name.node.as_ref());
    let greater = matches!(operator, Some(NodeEnum::String(name)) if name.sval.starts_with('>'));
    sort.sortby_dir == SortByDir::SortbyDesc as i32 || greater
}

/// The output column that `ORDER BY 2` or `ORDER BY alias` means.
fn resolve<'a>(select: &'a SelectStmt, key: &Node) -> Option<&'a Node> {
    match operand(key) {
        Operand::Constant(position) => {
            let position: usize = position.parse().ok()?;
            let upto = select.target_list.get(..position)?;
            let countable = !upto.iter().any(is_star);
            upto.last().filter(|_| countable).and_then(target_value)
        }
        Operand::Column(wanted) if wanted.qualifier.is_none() => {
            let aliased = |target: &&Node| match &target.node {
                Some(NodeEnum::ResTarget(target)) => target.name == wanted.name,
                _ => false,
            };
            select.target_list.iter().find(aliased).and_then(target_value)
        }
        _ => None,
    }
}

fn aggregates(select: &SelectStmt) -> bool {
    let grouped = !select.group_clause.is_empty()
        || !select.distinct_clause.is_empty()
        || select.having_clause.is_some();
    grouped || select.target_list.iter().filter_map(target_value).any(calls_aggregate)
}

/// An aggregate in the expression, not counting sub-selects and window functions.
fn calls_aggregate(expression: &Node) -> bool {
    let Ok(value) = serde_json::to_value(expression) else { return false };
    let mut pending = vec![&value];
    while let Some(value) = pending.pop() {
        if is_aggregate_call(value) {
            return true;
        }
        let children = value.as_object().into_iter().flatten();
        let inside = children.filter(|(key, _)| *key != "SubLink" && *key != "over");
        pending.extend(inside.map(|(_, child)| child));
        pending.extend(value.as_array().into_iter().flatten());
    }
    false
}

fn is_aggregate_call(value: &serde_json::Value) -> bool {
    if value.get("JsonObjectAgg").is_some() || value.get("JsonArrayAgg").is_some() {
        return true;
    }
    let Some(call) = value.get("FuncCall") else { return false };
    let over = !call["over"].is_null();
    let marked = ["agg_star", "agg_distinct", "agg_within_group"].iter().any(|k| call[k] == true)
        || !call["agg_filter"].is_null()
        || call["agg_order"].as_array().is_some_and(|order| !order.is_empty());
    let names = call["funcname"].as_array();
    let name = names.and_then(|names| names.last()?.pointer("/node/String/sval")?.as_str());
    !over && (marked || name.is_some_and(is_aggregate_name))
}

fn is_aggregate_name(name: &str) -> bool {
    const NAMES: [&str; 24] = [
        "any_value",
        "array_agg",
        "avg",
        "bit_and",
        "bit_or",
        "bit_xor",
        "bool_and",
        "bool_or",
        "corr",
        "count",
        "every",
        "json_agg",
        "json_object_agg",
        "jsonb_agg",
        "jsonb_object_agg",
        "max",
        "min",
        "range_agg",
        "range_intersect_agg",
        "string_agg",
        "sum",
        "variance",
        "xmlagg",
        "stddev",
    ];
    let families = ["stddev_", "var_", "covar_", "regr_"];
    NAMES.contains(&name) || families.iter().any(|family| name.starts_with(family))
}

pub fn orders_by_random(tree: &ParseResult) -> bool {
    let is_random = |key: &Node| {
        let Some(NodeEnum::SortBy(sort)) = &key.node else { return false };
        let call = sort.node.as_deref().and_then(|node| node.node.as_ref());
        let Some(NodeEnum::FuncCall(call)) = call else { return false };
        let name = call.funcname.last().and_then(|name| name.node.as_ref());
        matches!(name, Some(NodeEnum::String(name)) if name.sval == "random")
    };
    selects(tree).any(|select| select.sort_clause.iter().any(is_random))
}

fn selects(tree: &ParseResult) -> impl Iterator<Item = &SelectStmt> {
    tree.nodes().into_iter().filter_map(|(node, ..)| match node {
        NodeRef::SelectStmt(select) => Some(select),
        _ => None,
    })
}

/// Names of the tables that a FROM begins with, and of those that are updated or deleted from; each once.
pub fn leading(tree: &ParseResult) -> Vec<String> {
    let nodes = tree.nodes().into_iter().map(|(node, ..)| node);
    let names = nodes.filter_map(|node| match node {
        NodeRef::SelectStmt(select) => leftmost(select.from_clause.first()?),
        NodeRef::UpdateStmt(update) => Some(update.relation.as_ref()?.relname.clone()),
        NodeRef::DeleteStmt(delete) => Some(delete.relation.as_ref()?.relname.clone()),
        _ => None,
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

fn leftmost(item: &Node) -> Option<String> {
    let mut item = item;
    loop {
        match item.node.as_ref()? {
            NodeEnum::JoinExpr(join) => item = join.larg.as_deref()?,
            NodeEnum::RangeVar(table) => return Some(table.relname.clone()),
            _ => return None,
        }
    }
}

/// Relations joined by the FROM that joins most, the target of an UPDATE or DELETE included.
pub fn largest_from(tree: &ParseResult) -> usize {
    let nodes = tree.nodes().into_iter().map(|(node, ..)| node);
    let sizes = nodes.map(|node| match node {
        NodeRef::SelectStmt(select) => relations(&select.from_clause),
        NodeRef::UpdateStmt(update) => 1 + relations(&update.from_clause),
        NodeRef::DeleteStmt(delete) => 1 + relations(&delete.using_clause),
        NodeRef::InsertStmt(_) => 1,
        NodeRef::MergeStmt(_) => 2,
        _ => 0,
    });
    sizes.max().unwrap_or(0)
}

fn relations(from: &[Node]) -> usize {
    let mut pending: Vec<&Node> = from.iter().collect();
    let mut count = 0;
    while let Some(item) = pending.pop() {
        match &item.node {
            Some(NodeEnum::JoinExpr(join)) => {
                pending.extend(join.larg.as_deref());
                pending.extend(join.rarg.as_deref());
            }
            _ => count += 1,
        }
    }
    count
}
