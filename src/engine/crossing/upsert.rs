//! REPLACE and ON DUPLICATE KEY UPDATE as ON CONFLICT, which names the key: proposed where a table has one alone.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AssignmentTarget, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    Insert, OnInsert, Statement, TableObject, VisitMut, VisitorMut,
};

use super::expressions::Rewriter;
use super::scope::last;
use super::translate::written;
use crate::engine::migration::{DatabaseShape, IndexShape, TableShape, Translation};

/// The statement in PostgreSQL's words, or why that needs a person.
pub fn proposed(
    statement: &Statement,
    shape: &DatabaseShape,
) -> Option<Result<Translation, String>> {
    let Statement::Insert(insert) = statement else { return None };
    let updates = matches!(insert.on, Some(OnInsert::DuplicateKeyUpdate(_)));
    if !insert.replace_into && !updates {
        return None;
    }
    Some(conflict(insert, shape))
}

fn conflict(insert: &Insert, shape: &DatabaseShape) -> Result<Translation, String> {
    let TableObject::TableName(name) = &insert.table else {
        return Err("it inserts into no table".to_owned());
    };
    let name = last(name);
    let table = shape.tables.iter().find(|table| table.name.name.eq_ignore_ascii_case(&name));
    let table = table.ok_or_else(|| format!("{name} is not known: name the key in ON CONFLICT"))?;
    let mut insert = insert.clone();
    let columns = columns(&mut insert, table);
    let key = only_key(table, &columns)?;
    let mut notes =
        vec![format!("the key ({}) is named; ON CONFLICT looks at no other", key.parts.join(", "))];
    let assignments = match insert.on.take() {
        Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
            let mut written = Vec::new();
            for mut assignment in assignments {
                let AssignmentTarget::ColumnName(target) = &assignment.target else {
                    return Err("several columns are assigned at once".to_owned());
                };
                let target = last(target).to_lowercase();
                let mut values = Values { table: name.clone() };
                let _ = assignment.value.visit(&mut values);
                let mut rewriter = Rewriter::default();
                if let ControlFlow::Break(why) = assignment.value.visit(&mut rewriter) {
                    return Err(why);
                }
                written.push(format!("{target} = {}", assignment.value));
            }
            written
        }
        _ => {
            notes.push("REPLACE deletes and inserts: triggers and cascades of the delete do not happen, columns that are not named become their defaults".to_owned());
            let others = table.columns.iter().filter(|column| {
                !key.parts.iter().any(|part| part.eq_ignore_ascii_case(&column.name))
                    && !column.generated
            });
            let assigned = others.map(|column| {
                let given = columns.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
                let name = column.name.to_lowercase();
                match given {
                    true => format!("{name} = EXCLUDED.{name}"),
                    false => format!("{name} = DEFAULT"),
                }
            });
            assigned.collect()
        }
    };
    insert.replace_into = false;
    let action = match assignments.is_empty() {
        true => "DO NOTHING".to_owned(),
        false => format!("DO UPDATE SET {}", assignments.join(", ")),
    };
    let key = key.parts.iter().map(|part| part.to_lowercase()).collect::<Vec<_>>().join(", ");
    let suffix = format!(" ON CONFLICT ({key}) {action}");
    let mut translation = written(Statement::Insert(insert), &suffix)?;
    translation.notes.extend(notes);
    Ok(translation)
}

/// Columns that are given, as they are named or as the table has them.
fn columns(insert: &mut Insert, table: &TableShape) -> Vec<String> {
    if insert.columns.is_empty() {
        let all = table.columns.iter().filter(|column| !column.generated);
        return all.map(|column| column.name.clone()).collect();
    }
    insert.columns.iter().map(last).collect()
}

/// The one unique key that the inserted row can meet.
fn only_key<'t>(table: &'t TableShape, given: &[String]) -> Result<&'t IndexShape, String> {
    let met = |index: &&IndexShape| {
        let of = |name: &String| table.columns.iter().find(|column| column.name == *name);
        let counted = |part: &String| of(part).is_some_and(|column| column.numbered);
        let present = |part: &String| given.iter().any(|name| name.eq_ignore_ascii_case(part));
        // A number that the server gives meets no row.
        index.unique && index.parts.iter().any(|part| present(part) || !counted(part))
    };
    let keys: Vec<&IndexShape> = table.indexes.iter().filter(met).collect();
    match keys.as_slice() {
        [only] if only.prefixes.iter().all(|prefix| *prefix == 0) => Ok(only),
        [] => Err("its table has no unique key: nothing is ever replaced or updated".to_owned()),
        _ => Err(format!(
            "{} unique keys can be met, and ON CONFLICT names one: MERGE, or a statement for each",
            keys.len()
        )),
    }
}

/// `VALUES(c)` is the row that was refused; a bare name is the row that is there.
struct Values {
    table: String,
}

impl VisitorMut for Values {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => {
                if let Some(column) = refused(function) {
                    let parts = ["excluded".to_owned(), column.to_lowercase()];
                    *expr = Expr::CompoundIdentifier(parts.map(Ident::new).to_vec());
                }
            }
            Expr::Identifier(name) if !name.value.starts_with('@') => {
                let parts = [self.table.clone(), name.value.clone()];
                *expr = Expr::CompoundIdentifier(parts.map(Ident::new).to_vec());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn refused(function: &Function) -> Option<String> {
    if !function.name.to_string().eq_ignore_ascii_case("VALUES") {
        return None;
    }
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(name)))] => {
            Some(name.value.clone())
        }
        _ => None,
    }
}
