//! Which columns a statement mentions anywhere: what an index has to hold to answer alone. A name that may be of two
//! tables counts for both.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, JoinConstraint, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement,
    TableWithJoins, Visit, Visitor,
};

use super::scope::parts;
use crate::engine::Table;

#[derive(Debug, Default)]
pub struct Columns {
    /// Alias and column.
    qualified: BTreeSet<(String, String)>,
    bare: BTreeSet<String>,
    /// `t.*`.
    whole: BTreeSet<String>,
    /// Aliases below a `*`.
    all: BTreeSet<String>,
}

impl Columns {
    pub fn of(statement: &Statement) -> Columns {
        let mut columns = Columns::default();
        let _ = statement.visit(&mut columns);
        columns
    }

    /// Those of `table` where it goes by `alias`; `None` for all of them.
    pub fn of_table(&self, table: &Table, alias: &str) -> Option<BTreeSet<String>> {
        if self.whole.contains(alias) || self.all.contains(alias) {
            return None;
        }
        let mentioned = |name: &str| {
            let name = name.to_ascii_lowercase();
            self.bare.contains(&name) || self.qualified.contains(&(alias.to_owned(), name))
        };
        let names = table.columns.iter().map(|column| column.name.clone());
        Some(names.filter(|name| mentioned(name)).collect())
    }

    fn starred(&mut self, from: &[TableWithJoins]) {
        for table in from {
            let joined = table.joins.iter().map(|join| &join.relation);
            for factor in std::iter::once(&table.relation).chain(joined) {
                self.all.extend(alias_of(factor));
            }
        }
    }
}

fn alias_of(factor: &sqlparser::ast::TableFactor) -> Option<String> {
    match factor {
        sqlparser::ast::TableFactor::Table { name, alias, .. } => match alias {
            Some(alias) => Some(alias.name.value.clone()),
            None => parts(name).map(|(_, name)| name),
        },
        _ => None,
    }
}

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => self.starred(&select.from),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => self.whole.extend(parts(name).map(|(_, name)| name)),
                _ => {}
            }
        }
        let joins = select.from.iter().flat_map(|table| &table.joins);
        for join in joins {
            if let Some(JoinConstraint::Using(names)) =
                super::block::constraint(&join.join_operator)
            {
                let names = names.iter().filter_map(parts);
                self.bare.extend(names.map(|(_, name)| name.to_ascii_lowercase()));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(name) => {
                self.bare.insert(name.value.to_ascii_lowercase());
            }
            Expr::CompoundIdentifier(names) => {
                if let [.., alias, column] = names.as_slice() {
                    let column = column.value.to_ascii_lowercase();
                    self.qualified.insert((alias.value.clone(), column));
                }
            }
            Expr::MatchAgainst { columns, .. } => {
                let names = columns.iter().filter_map(parts);
                self.bare.extend(names.map(|(_, name)| name.to_ascii_lowercase()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
