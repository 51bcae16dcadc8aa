//! A run record without literals.

use super::PLACEHOLDER;
use super::redactor::Redactor;
use crate::engine::{Catalog, Index, Table};
use crate::run::{QueryRun, Run, Status};
use crate::sql::{Operand, Shape};

impl Redactor {
    pub fn run(&self, run: &mut Run) {
        self.catalog(&mut run.catalog);
        self.proses(&mut run.notes);
        run.lost.iter_mut().for_each(|error| self.error(error));
        run.queries.iter_mut().for_each(|query| self.query(query));
    }

    fn query(&self, query: &mut QueryRun) {
        if let Some(shape) = &query.shape {
            query.sql = shape.normalised.clone();
        }
        self.code(&mut query.sql);
        query.shape.iter_mut().for_each(|shape| self.shape(shape));
        query.params.iter_mut().for_each(|params| self.params(params));
        query.errors.iter_mut().for_each(|e| self.error(&mut e.error));
        query.explain_note.iter_mut().for_each(|note| self.prose(note));
        match &mut query.status {
            Status::Refused { reason } => self.prose(reason),
            Status::Failed { error } => self.error(error),
            _ => {}
        }
        query.plans.iter_mut().for_each(|record| self.plan_record(record));
    }

    fn shape(&self, shape: &mut Shape) {
        self.code(&mut shape.normalised);
        for predicate in &mut shape.predicates {
            self.operand(&mut predicate.operand);
            self.code(&mut predicate.text);
            self.codes(&mut predicate.expression);
        }
        self.codes(shape.order_by.iter_mut().map(|key| &mut key.text));
        shape.offset.iter_mut().chain(&mut shape.limit).for_each(|o| self.operand(o));
    }

    fn operand(&self, operand: &mut Operand) {
        match operand {
            Operand::Constant(value) => *value = PLACEHOLDER.to_owned(),
            Operand::List(values) => values.fill(PLACEHOLDER.to_owned()),
            Operand::Expression(text) => self.code(text),
            Operand::Parameter(_) | Operand::Column(_) | Operand::None => {}
        }
    }

    fn catalog(&self, catalog: &mut Catalog) {
        catalog.tables.iter_mut().for_each(|table| self.table(table));
    }

    fn table(&self, table: &mut Table) {
        for column in &mut table.columns {
            column.common_values.iter_mut().for_each(|(value, _)| *value = PLACEHOLDER.to_owned());
        }
        table.indexes.iter_mut().for_each(|index| self.index(index));
    }

    fn index(&self, index: &mut Index) {
        for key in &mut index.keys {
            if key.column.is_none() {
                self.code(&mut key.text);
            }
        }
        self.codes(&mut index.predicate);
        self.code(&mut index.ddl);
    }
}
