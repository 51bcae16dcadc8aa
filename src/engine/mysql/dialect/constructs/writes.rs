//! What statements that change rows leave unsaid.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, FromTable, Insert, OnInsert, SelectItem, SetExpr,
    Spanned, Statement, TableFactor, TableObject, TableWithJoins, Update,
};

use super::collect::Collector;
use super::scope::table_of;
use super::tree::{column, same_name};
use crate::sql::{Construct, TableRef};

pub fn note(found: &mut Collector<'_>, statement: &Statement) {
    match statement {
        Statement::Delete(delete) => deletes(found, delete),
        Statement::Update(update) => updates(found, update),
        Statement::Insert(insert) => inserts(found, insert),
        _ => {}
    }
}

/// The relations of a DELETE.
pub fn read_by(delete: &Delete) -> &[TableWithJoins] {
    match (&delete.using, &delete.from) {
        (Some(using), _) => using,
        (None, FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) => tables,
    }
}

/// The one table of a list without joins.
fn only_table(from: &[TableWithJoins]) -> Option<TableRef> {
    let [TableWithJoins { relation: TableFactor::Table { name, alias, .. }, joins }] = from else {
        return None;
    };
    let alias = alias.as_ref().map(|alias| alias.name.value.clone());
    joins.is_empty().then(|| table_of(name, alias))
}

fn of_table(table: &TableRef) -> Construct {
    Construct { tables: vec![table.clone()], ..Construct::default() }
}

fn deletes(found: &mut Collector<'_>, delete: &Delete) {
    let all = delete.selection.is_none() && delete.limit.is_none() && delete.using.is_none();
    if let (Some(table), true) = (only_table(read_by(delete)), all && delete.tables.is_empty()) {
        found.add_at("delete-all", delete.span(), &table.name, of_table(&table));
    }
}

fn updates(found: &mut Collector<'_>, update: &Update) {
    let Some(table) = only_table(std::slice::from_ref(&update.table)) else { return };
    if update.selection.is_none() && update.limit.is_none() {
        let place = update.table.span();
        found.add_at("update-all", place, &table.name, of_table(&table));
    }
    for assignment in &update.assignments {
        assigned(found, assignment, &table);
    }
}

fn assigned(found: &mut Collector<'_>, assignment: &Assignment, table: &TableRef) {
    let AssignmentTarget::ColumnName(target) = &assignment.target else { return };
    let Some(name) = target.0.last().and_then(|part| part.as_ident()) else { return };
    let more = Construct { columns: vec![name.value.clone()], ..of_table(table) };
    let own = |qualifier: Option<&str>| match qualifier {
        None => true,
        Some(q) => q == table.name || Some(q) == table.alias.as_deref(),
    };
    let same = column(&assignment.value).is_some_and(|value| {
        same_name(&value.name, &name.value) && own(value.qualifier.as_deref())
    });
    let kind = if same { "self-assignment" } else { "update-of-key" };
    found.add_at(kind, assignment.span(), assignment, more);
}

fn inserts(found: &mut Collector<'_>, insert: &Insert) {
    let TableObject::TableName(name) = &insert.table else { return };
    let table = table_of(name, None);
    let place = name.span();
    if let Some(OnInsert::DuplicateKeyUpdate(_)) = &insert.on {
        found.add_at("upsert", place, name, of_table(&table));
    }
    if insert.replace_into {
        found.add_at("replaces-rows", place, name, of_table(&table));
    }
    let Some(source) = &insert.source else { return };
    let rows = match source.body.as_ref() {
        SetExpr::Values(values) => values.rows.len(),
        _ => 0,
    };
    let star = source.body.as_select().is_some_and(|select| {
        let all = |item: &SelectItem| {
            matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
        };
        select.projection.iter().any(all)
    });
    let counted = |count| Construct { count, ..of_table(&table) };
    match (insert.columns.is_empty() && insert.assignments.is_empty(), star) {
        (_, true) => found.add_at("insert-select-star", place, name, counted(1)),
        (true, false) => found.add_at("insert-without-columns", place, name, counted(rows)),
        (false, false) => {}
    }
    if rows > 1 {
        found.add_at("large-values", place, name, counted(rows));
    }
}
