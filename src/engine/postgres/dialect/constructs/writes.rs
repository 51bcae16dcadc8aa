//! What statements that change rows leave unsaid.

use serde_json::Value;

use super::collect::Collector;
use super::scope::table_of;
use super::tree::{column, list, of_kind, part, text};
use crate::sql::{Construct, TableRef};

pub fn note(found: &mut Collector<'_>, kind: &str, statement: &Value) {
    let Some(target) = part(statement, "relation") else { return };
    let table = table_of(target);
    let of_table = || Construct { tables: vec![table.clone()], ..Construct::default() };
    let unconditional = part(statement, "where_clause").is_none();
    match kind {
        "DeleteStmt" if unconditional && list(statement, "using_clause").is_empty() => {
            found.add("delete-all", target, of_table());
        }
        "UpdateStmt" => {
            if unconditional && list(statement, "from_clause").is_empty() {
                found.add("update-all", target, of_table());
            }
            assignments(found, list(statement, "target_list"), &table);
        }
        "InsertStmt" => insert(found, statement, target, &table),
        _ => {}
    }
}

fn assignments(found: &mut Collector<'_>, targets: &[Value], table: &TableRef) {
    for target in targets.iter().filter_map(|target| of_kind(target, "ResTarget")) {
        let name = text(target, "name");
        let more = || Construct {
            tables: vec![table.clone()],
            columns: vec![name.to_owned()],
            ..Construct::default()
        };
        let assigned = part(target, "val").and_then(column);
        let own = |qualifier: Option<&str>| match qualifier {
            None => true,
            Some(q) => q == table.name || Some(q) == table.alias.as_deref(),
        };
        match assigned {
            Some((qualifier, same)) if same == name && own(qualifier) => {
                if !found.in_body || qualifier.is_some() {
                    found.add("self-assignment", target, more());
                }
            }
            _ => found.add("update-of-key", target, more()),
        }
    }
}

fn insert(found: &mut Collector<'_>, statement: &Value, target: &Value, table: &TableRef) {
    let select = part(statement, "select_stmt").and_then(|s| s.pointer("/node/SelectStmt"));
    let Some(select) = select else { return };
    let rows = list(select, "values_lists");
    let named = !list(statement, "cols").is_empty();
    let of_table = |count| Construct { tables: vec![table.clone()], count, ..Construct::default() };
    let star = list(select, "target_list").iter().any(|item| {
        let fields = item.pointer("/node/ResTarget/val/node/ColumnRef/fields");
        let last = fields.and_then(Value::as_array).and_then(|fields| fields.last());
        last.is_some_and(|field| field.pointer("/node/AStar").is_some())
    });
    match (named, star) {
        (_, true) => found.add("insert-select-star", target, of_table(1)),
        (false, false) => found.add("insert-without-columns", target, of_table(rows.len())),
        (true, false) => {}
    }
    if rows.len() > 1 {
        found.add("large-values", target, of_table(rows.len()));
    }
}
