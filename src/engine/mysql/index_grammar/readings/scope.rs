//! Which table a column is of.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};

use crate::engine::{Catalog, Table};

/// One entry of a FROM. Tables that are none of the catalog's (a common table, a derived one, a view) have no table here.
#[derive(Debug, Clone)]
pub struct Relation<'a> {
    pub alias: String,
    pub table: Option<&'a Table>,
}

/// What names mean in one part of a statement, the parts around it included, innermost last.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    pub relations: Vec<Relation<'a>>,
    outer: Vec<Relation<'a>>,
}

impl<'a> Scope<'a> {
    /// Of a part whose FROM is `from`, inside of `around`. `hidden` are names of common tables.
    pub fn of(
        from: &[TableWithJoins],
        around: &Scope<'a>,
        hidden: &[String],
        catalog: &'a Catalog,
    ) -> Scope<'a> {
        let mut relations = Vec::new();
        for table in from {
            collect(&table.relation, hidden, catalog, &mut relations);
            for join in &table.joins {
                collect(&join.relation, hidden, catalog, &mut relations);
            }
        }
        let outer = around.relations.iter().chain(&around.outer).cloned().collect();
        Scope { relations, outer }
    }

    /// The alias behind which an unqualified column is found: that of the only table here that has it, else of one
    /// further out.
    pub fn owner(&self, column: &str) -> Option<&str> {
        let has = |relation: &&Relation<'a>| {
            relation.table.is_some_and(|table| column_of(table, column).is_some())
        };
        let mut here = self.relations.iter().filter(has);
        match (here.next(), here.next()) {
            (Some(only), None) => Some(&only.alias),
            (Some(_), Some(_)) => None,
            // A table that is not known may have it.
            (None, _) if self.relations.iter().any(|relation| relation.table.is_none()) => None,
            (None, _) => self.outer.iter().find(has).map(|relation| relation.alias.as_str()),
        }
    }

    /// Puts every column of `expression` behind its alias, but for what stands in sub-selects inside it.
    pub fn qualify(&self, expression: &mut Expr) {
        let _ = VisitMut::visit(expression, &mut Qualifier { scope: self, depth: 0 });
    }

    /// Column names are the same in upper and lower case: the catalog's spelling.
    fn spelt(&self, alias: &str, column: &str) -> String {
        let table = self.relations.iter().chain(&self.outer).find(|r| r.alias == alias);
        let known = table.and_then(|relation| column_of(relation.table?, column));
        known.unwrap_or(column).to_owned()
    }
}

struct Qualifier<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Sub-selects around the place that is visited.
    depth: usize,
}

impl VisitorMut for Qualifier<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, part: &mut Expr) -> ControlFlow<()> {
        let (alias, column) = match part {
            _ if self.depth > 0 => return ControlFlow::Continue(()),
            Expr::Identifier(name) if !name.value.starts_with('@') => {
                let Some(alias) = self.scope.owner(&name.value) else {
                    return ControlFlow::Continue(());
                };
                (alias.to_owned(), name.value.clone())
            }
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [.., alias, column] => (alias.value.clone(), column.value.clone()),
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        let column = self.scope.spelt(&alias, &column);
        *part = Expr::CompoundIdentifier(vec![quoted(&alias), quoted(&column)]);
        ControlFlow::Continue(())
    }
}

pub fn column_of<'t>(table: &'t Table, name: &str) -> Option<&'t str> {
    let known = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    known.map(|column| column.name.as_str())
}

pub fn quoted(name: &str) -> Ident {
    Ident::with_quote('`', name)
}

/// The schema, where it is said, and the name.
pub fn parts(name: &ObjectName) -> Option<(Option<String>, String)> {
    let mut parts =
        name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.clone());
    let last = parts.next_back()?;
    Some((parts.next_back(), last))
}

fn collect<'a>(
    factor: &TableFactor,
    hidden: &[String],
    catalog: &'a Catalog,
    found: &mut Vec<Relation<'a>>,
) {
    match factor {
        TableFactor::Table { name, alias, .. } => {
            let Some((schema, name)) = parts(name) else { return };
            let is_common = schema.is_none() && hidden.contains(&name);
            let table = catalog.table(schema.as_deref(), &name);
            let table = table.filter(|table| !is_common && table.kind == "table");
            let alias = alias.as_ref().map_or(name, |alias| alias.name.value.clone());
            found.push(Relation { alias, table });
        }
        TableFactor::NestedJoin { table_with_joins, .. } => {
            collect(&table_with_joins.relation, hidden, catalog, found);
            for join in &table_with_joins.joins {
                collect(&join.relation, hidden, catalog, found);
            }
        }
        TableFactor::Derived { alias, .. } => {
            let alias = alias.as_ref().map(|alias| alias.name.value.clone()).unwrap_or_default();
            found.push(Relation { alias, table: None });
        }
        _ => found.push(Relation { alias: String::new(), table: None }),
    }
}
