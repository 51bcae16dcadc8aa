//! Facts that hold anywhere in a statement, however deep.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Delete, Expr, JoinConstraint, JoinOperator, ObjectName, Query, Select, Statement, TableFactor,
    TableWithJoins, Visit, Visitor,
};

use super::predicate::conjuncts;
use crate::sql::{Operand, Predicate, TableRef};

#[derive(Debug, Default)]
pub struct Facts {
    pub tables: Vec<TableRef>,
    pub not_in_subquery: bool,
    pub longest_in_list: usize,
    pub relations: usize,
    pub predicates: Vec<Predicate>,
    ctes: Vec<String>,
}

impl Facts {
    pub fn of(statement: &Statement) -> Facts {
        let mut facts = Facts::default();
        let _ = statement.visit(&mut facts);
        let Facts { tables, ctes, .. } = &mut facts;
        tables.retain(|table| table.schema.is_some() || !ctes.contains(&table.name));
        number_parameters(&mut facts.predicates);
        facts
    }

    fn add_table(&mut self, name: &ObjectName, alias: Option<String>) {
        let mut parts = name.0.iter().filter_map(|part| part.as_ident()).map(|i| i.value.clone());
        let Some(last) = parts.next_back() else { return };
        let table = TableRef { schema: parts.next_back(), name: last, alias };
        let same = |known: &&mut TableRef| known.schema == table.schema && known.name == table.name;
        match self.tables.iter_mut().find(same) {
            Some(known) if known.alias.is_none() || table.alias.is_none() => {
                known.alias = known.alias.take().or(table.alias);
            }
            Some(known) if known.alias == table.alias => {}
            _ => self.tables.push(table),
        }
    }

    fn add_condition(&mut self, condition: Option<&Expr>) {
        self.predicates.extend(condition.map(conjuncts).unwrap_or_default());
    }

    fn add_from(&mut self, from: &[TableWithJoins]) {
        let joins = from.iter().flat_map(|table| &table.joins);
        self.relations = self.relations.max(from.len() + joins.clone().count());
        for join in joins {
            if let Some(JoinConstraint::On(condition)) = constraint(&join.join_operator) {
                self.add_condition(Some(condition));
            }
        }
    }
}

impl Visitor for Facts {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.ctes.extend(ctes.map(|cte| cte.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.add_from(&select.from);
        self.add_condition(select.selection.as_ref());
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Update(update) => {
                self.add_from(std::slice::from_ref(&update.table));
                self.add_condition(update.selection.as_ref());
            }
            Statement::Delete(delete) => {
                self.add_from(tables_of(delete));
                self.add_condition(delete.selection.as_ref());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor {
            self.add_table(name, alias.as_ref().map(|alias| alias.name.value.clone()));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        let last = name.0.last().and_then(|part| part.as_ident());
        let known = last.is_some_and(|l| self.tables.iter().any(|table| table.name == l.value));
        if !known {
            self.add_table(name, None);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::InList { list, .. } => {
                self.longest_in_list = self.longest_in_list.max(list.len());
            }
            Expr::InSubquery { negated: true, .. } => self.not_in_subquery = true,
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn tables_of(delete: &Delete) -> &[TableWithJoins] {
    match &delete.from {
        sqlparser::ast::FromTable::WithFromKeyword(tables)
        | sqlparser::ast::FromTable::WithoutKeyword(tables) => tables,
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::StraightJoin(constraint) => Some(constraint),
        _ => None,
    }
}

/// `?` carries no number, and this visit does not follow the text's order strictly; a number that
/// might be wrong is not given.
fn number_parameters(predicates: &mut [Predicate]) {
    for predicate in predicates {
        if predicate.operand == Operand::Parameter(0) {
            predicate.operand = Operand::Expression("?".to_owned());
        }
    }
}
