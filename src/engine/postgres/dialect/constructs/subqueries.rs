//! Queries inside a statement, and the statement as a whole.

use std::collections::BTreeMap;

use pg_query::protobuf::{CteMaterialize, SetOperation, SubLinkType};
use serde_json::Value;

use super::collect::Collector;
use super::tree::{inside, last_name, list, number, of_kind, operator, part, text, without_places};
use crate::sql::Construct;

/// Only what it finds matters, not in which order.
pub fn is_membership(link: &Value) -> bool {
    use SubLinkType::{AllSublink, AnySublink, ExistsSublink};
    let kind = number(link, "sub_link_type");
    [AllSublink, AnySublink, ExistsSublink].iter().any(|one| kind == *one as i32)
}

pub fn note_link(found: &mut Collector<'_>, link: &Value) {
    let op = last_name(list(link, "oper_name"));
    let all = number(link, "sub_link_type") == SubLinkType::AllSublink as i32;
    if all && matches!(op, "<" | "<=" | ">" | ">=") {
        let better = if op.starts_with('>') { "max" } else { "min" };
        let more = Construct { other: better.into(), ..Construct::default() };
        found.add("quantified-query", link, more);
    }
}

#[derive(Default)]
struct Census<'a> {
    queries: usize,
    joins: usize,
    set_operations: usize,
    natural: Vec<&'a Value>,
    nested: BTreeMap<String, Vec<&'a Value>>,
    ctes: Vec<(&'a Value, bool)>,
    tables: Vec<&'a str>,
}

pub fn note_statement(found: &mut Collector<'_>, tree: &Value) {
    let mut census = Census::default();
    count(tree, &mut census);
    let parts = census.queries + census.joins + census.set_operations;
    if census.queries > 1 || census.joins > 0 {
        let more = Construct { count: parts, ..Construct::default() };
        found.add("complex-statement", tree, more);
    }
    for join in &census.natural {
        found.add("natural-join", join, Construct::default());
    }
    for same in census.nested.values().filter(|same| same.len() > 1) {
        let more = Construct { count: same.len(), ..Construct::default() };
        found.add("repeated-subquery", same[1], more);
    }
    for (cte, recursive) in &census.ctes {
        let name = text(cte, "ctename");
        let read = census.tables.iter().filter(|table| **table == name).count();
        let kept = number(cte, "ctematerialized") == CteMaterialize::Always as i32;
        let select = cte.pointer("/ctequery/node/SelectStmt");
        let more = || Construct { other: name.to_owned(), ..Construct::default() };
        if kept && read == 1 && select.is_some() {
            found.add("materialized-once", cte, more());
        }
        if *recursive && select.is_some_and(|select| is_unbounded(cte, select, name)) {
            found.add("recursion-unbounded", cte, more());
        }
    }
}

fn count<'a>(value: &'a Value, census: &mut Census<'a>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| count(item, census)),
        Value::Object(object) => object.iter().for_each(|(key, child)| {
            match key.as_str() {
                "SelectStmt" => census.queries += 1,
                "larg" if child.get("op").is_some() => census.set_operations += 1,
                "JoinExpr" => {
                    census.joins += 1;
                    if child["is_natural"] == true {
                        census.natural.push(child);
                    }
                }
                "SubLink" => nest(child, "subselect", census),
                "RangeSubselect" => nest(child, "subquery", census),
                "RangeVar" | "relation" => census.tables.push(text(child, "relname")),
                "with_clause" => {
                    let recursive = child["recursive"] == true;
                    let all = list(child, "ctes").iter();
                    let all = all.filter_map(|cte| cte.pointer("/node/CommonTableExpr"));
                    census.ctes.extend(all.map(|cte| (cte, recursive)));
                }
                _ => {}
            }
            count(child, census);
        }),
        _ => {}
    }
}

/// Queries that read tables, by their text.
fn nest<'a>(holder: &'a Value, key: &str, census: &mut Census<'a>) {
    let select = holder.get(key).and_then(|query| query.pointer("/node/SelectStmt"));
    if let Some(select) = select.filter(|select| !list(select, "from_clause").is_empty()) {
        census.nested.entry(without_places(select).to_string()).or_default().push(select);
    }
}

/// Its repeated part says nothing of how deep it goes: no comparison other than of equality, no memory of the way.
fn is_unbounded(cte: &Value, select: &Value, name: &str) -> bool {
    let keeps_all =
        number(select, "op") == SetOperation::SetopUnion as i32 && select["all"] == true;
    let Some(repeated) = part(select, "rarg").filter(|_| keeps_all) else { return false };
    let guarded = ["cycle_clause", "search_clause"].iter().any(|key| part(cte, key).is_some());
    let mut bounded = part(repeated, "limit_count").is_some();
    let mut recurses = false;
    visit(repeated, &mut |kind, content| match kind {
        "AExpr" => bounded |= matches!(operator(content), "<" | "<=" | ">" | ">=" | "<>" | "!="),
        "BoolExpr" | "SubLink" => bounded = true,
        "RangeVar" => recurses |= text(content, "relname") == name,
        _ => {}
    });
    recurses && !guarded && !bounded
}

fn visit<'a>(value: &'a Value, see: &mut dyn FnMut(&'a str, &'a Value)) {
    // `inside` stops at queries: the repeated part is one already.
    inside(value, see);
    let nested = list(value, "from_clause").iter();
    for query in nested.filter_map(|item| of_kind(item, "RangeSubselect")) {
        if let Some(select) = query.pointer("/subquery/node/SelectStmt") {
            visit(select, see);
        }
    }
}
