//! The tables and columns that the names of a statement stand for.

use sqlparser::ast::{Expr, Ident, ObjectName, TableFactor, Visit, Visitor};
use std::ops::ControlFlow;

use crate::engine::migration::{ColumnShape, DatabaseShape, TableShape};

/// Tables of a whole statement, subqueries included: a name that two of them have stands for nothing.
pub struct Scope<'s> {
    tables: Vec<(String, &'s TableShape)>,
}

impl<'s> Scope<'s> {
    pub fn of(statement: &impl Visit, shape: &'s DatabaseShape) -> Scope<'s> {
        let mut named = NamedTables::default();
        let _ = statement.visit(&mut named);
        let tables = named.0.into_iter().filter_map(|(alias, name)| {
            let table = shape.tables.iter().find(|table| {
                table.name.name.eq_ignore_ascii_case(&name)
                    && (shape.home.is_empty() || table.name.schema == shape.home)
            });
            Some((alias, table.or_else(|| of_any_schema(shape, &name))?))
        });
        Scope { tables: tables.collect() }
    }

    /// The column that an expression is, without parentheses around it.
    pub fn column(&self, expr: &Expr) -> Option<(&'s TableShape, &'s ColumnShape)> {
        match expr {
            Expr::Nested(inner) => self.column(inner),
            Expr::Identifier(name) => self.unqualified(&name.value),
            Expr::CompoundIdentifier(parts) => {
                let [.., table, column] = parts.as_slice() else { return None };
                let (_, table) = self
                    .tables
                    .iter()
                    .find(|(alias, _)| alias.eq_ignore_ascii_case(&table.value))?;
                Some((*table, named(table, &column.value)?))
            }
            _ => None,
        }
    }

    fn unqualified(&self, name: &str) -> Option<(&'s TableShape, &'s ColumnShape)> {
        let mut found = self.tables.iter().filter_map(|(_, t)| Some((*t, named(t, name)?)));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

fn of_any_schema<'s>(shape: &'s DatabaseShape, name: &str) -> Option<&'s TableShape> {
    shape.tables.iter().find(|table| table.name.name.eq_ignore_ascii_case(name))
}

fn named<'s>(table: &'s TableShape, name: &str) -> Option<&'s ColumnShape> {
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

/// The last part of a name that may have several.
pub fn last(name: &ObjectName) -> String {
    let ident = name.0.last().and_then(|part| part.as_ident());
    ident.map_or_else(|| name.to_string(), |ident: &Ident| ident.value.clone())
}

/// Alias and name of every table.
#[derive(Default)]
struct NamedTables(Vec<(String, String)>);

impl Visitor for NamedTables {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor {
            let name = last(name);
            let alias = alias.as_ref().map_or_else(|| name.clone(), |a| a.name.value.clone());
            self.0.push((alias, name));
        }
        ControlFlow::Continue(())
    }
}
