//! A run record without literals.

use super::PLACEHOLDER;
use super::redactor::Redactor;
use crate::engine::{Catalog, Index, Table};
use crate::run::{QueryRun, Run, Status};
use crate::sql::{ColumnRef, Operand, Shape};

impl Redactor {
    pub fn run(&self, run: &mut Run) {
        "workload".clone_into(&mut run.workload.name);
        "workload".clone_into(&mut run.workload.source);
        "withheld (--redact)".clone_into(&mut run.server.address);
        self.catalog(&mut run.catalog);
        self.proses(&mut run.notes);
        run.lost.iter_mut().for_each(|error| self.error(error));
        run.queries.iter_mut().for_each(|query| self.query(query));
    }

    fn query(&self, query: &mut QueryRun) {
        query.file = None;
        if let Some(shape) = &query.shape {
            query.sql = shape.normalised.clone();
        }
        self.code(&mut query.sql);
        query.shape.iter_mut().for_each(|shape| self.shape(shape));
        // What an application tells its own functions is a value like others.
        let told = query.settings.iter_mut().filter(|(name, _)| name.contains(['.', '@']));
        told.for_each(|(_, value)| *value = PLACEHOLDER.to_owned());
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
        for table in &mut shape.tables {
            self.name(&mut table.name);
            table.alias.iter_mut().for_each(|alias| self.name(alias));
        }
        shape.leading.iter_mut().chain(&mut shape.assigned).for_each(|name| self.name(name));
        let sorted = shape.order_by.iter_mut().filter_map(|key| key.column.as_mut());
        let compared = shape.predicates.iter_mut().filter_map(|p| p.column.as_mut());
        sorted.chain(compared).for_each(|column| self.column(column));
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
            Operand::Column(column) => self.column(column),
            Operand::Parameter(_) | Operand::None => {}
        }
    }

    fn column(&self, column: &mut ColumnRef) {
        column.qualifier.iter_mut().for_each(|qualifier| self.name(qualifier));
        self.name(&mut column.name);
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
