//! The one implementor of the trait for both families; each question is answered in its own file.

use crate::engine::mysql::family::Family;
use crate::engine::{
    BlockSummary, Catalog, Column, DbError, IndexDefinition, IndexGrammar, IndexPart, KeySubject,
    NewObject, OnlineChange, Operators, Reading, Service, Setting, Table,
};
use crate::sql::Predicate;

use super::{arrays, created, ddl, expression, fitted, online, readings, services, size, types};

/// In characters.
const LONGEST_NAME: usize = 64;

#[derive(Debug, Clone, Copy)]
pub struct ServerIndexes(Family);

pub const MARIADB_INDEXES: ServerIndexes = ServerIndexes(Family::Mariadb);
pub const MYSQL_INDEXES: ServerIndexes = ServerIndexes(Family::Mysql);

impl IndexGrammar for ServerIndexes {
    fn ordered_method(&self) -> &'static str {
        "btree"
    }

    fn hashed_method(&self) -> Option<&'static str> {
        None
    }

    fn block_summary(&self) -> Option<BlockSummary> {
        None
    }

    fn holds_conditions(&self) -> bool {
        false
    }

    fn prices_by(&self) -> &'static str {
        "measured work"
    }

    fn readings(&self, sql: &str, catalog: &Catalog) -> Option<Vec<Reading>> {
        readings::of(sql, catalog)
    }

    fn fitted(&self, index: IndexDefinition, table: &Table) -> Option<IndexDefinition> {
        fitted::fitted(index, table, self.0)
    }

    fn serving(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        _operators: &Operators,
    ) -> Vec<Service> {
        services::serving(predicate, column, self.0)
    }

    fn services(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        operators: &Operators,
    ) -> Vec<Service> {
        self.serving(predicate, column, operators)
    }

    fn cast_is_free(&self, column_type: &str, cast: &str, _operators: &Operators) -> bool {
        types::base(column_type) == types::base(cast)
    }

    fn is_immutable(&self, expression: &str, _table: &Table, _operators: &Operators) -> bool {
        expression::is_immutable(expression)
    }

    fn is_ordered(&self, data_type: &str) -> bool {
        types::is_ordered(data_type)
    }

    fn unqualified(&self, text: &str, alias: &str) -> Option<String> {
        expression::unqualified(text, alias)
    }

    fn same_expression(&self, a: &str, b: &str) -> bool {
        expression::same(a, b)
    }

    fn longest_name(&self) -> usize {
        LONGEST_NAME
    }

    fn create(&self, index: &IndexDefinition, name: &str) -> String {
        ddl::create(index, name, true)
    }

    fn create_in_parts(
        &self,
        index: &IndexDefinition,
        name: &str,
        _parts: &[IndexPart],
    ) -> Vec<String> {
        vec![self.create(index, name)]
    }

    fn drop_with_parts(&self, schema: &str, name: &str, _parts: &[IndexPart]) -> String {
        // Partitions have no indexes of their own here: tables are never called partitioned.
        self.drop(schema, "", name)
    }

    fn create_now(&self, index: &IndexDefinition, name: &str) -> String {
        ddl::create(index, name, false)
    }

    fn drop(&self, schema: &str, table: &str, name: &str) -> String {
        ddl::drop(self.0, (schema, table), name, true)
    }

    fn drop_now(&self, schema: &str, table: &str, name: &str) -> String {
        ddl::drop(self.0, (schema, table), name, false)
    }

    fn set_visible(&self, schema: &str, table: &str, name: &str, visible: bool) -> Option<String> {
        Some(ddl::set_visible(self.0, (schema, table), name, visible))
    }

    fn keeps_beginnings(&self, column: &Column) -> bool {
        types::is_long(&column.data_type) && types::is_ordered(&column.data_type)
    }

    fn caution(&self, index: &IndexDefinition) -> Option<String> {
        let expressions = index.keys.iter().filter_map(|key| match &key.subject {
            KeySubject::Expression(text) => Some(text.as_str()),
            KeySubject::Column(_) => None,
        });
        arrays::caution(&expressions.collect::<Vec<_>>())
    }

    fn locks_table(&self, table: &Table) -> bool {
        table.storage.as_deref().is_some_and(|storage| !storage.eq_ignore_ascii_case("InnoDB"))
    }

    fn online_changes(
        &self,
        index: &IndexDefinition,
        name: &str,
        catalog: &Catalog,
        settings: &[Setting],
    ) -> Vec<OnlineChange> {
        online::changes(index, name, catalog, settings)
    }

    fn create_again(&self, ddl: &str, _partitioned: bool) -> String {
        ddl::create_again(ddl)
    }

    fn creates(&self, statement: &str) -> Option<NewObject> {
        created::creates(statement, self.0)
    }

    fn renamed(&self, statements: &str, old: &str, new: &str) -> String {
        created::renamed(statements, old, new)
    }

    fn size_query(&self, schema: &str, name: &str) -> String {
        ddl::size_query(schema, name)
    }

    fn parts_query(&self, _schema: &str, _name: &str) -> String {
        "SELECT 1 FROM DUAL WHERE FALSE".to_owned()
    }

    fn extension(&self, _index: &IndexDefinition) -> Option<&'static str> {
        None
    }

    fn install_extension(&self, _name: &str) -> String {
        String::new()
    }

    fn remove_extension(&self, _name: &str) -> String {
        String::new()
    }

    fn modelled_bytes(&self, index: &IndexDefinition, table: &Table, rows: f64) -> Option<u64> {
        size::modelled_bytes(index, table, rows)
    }

    fn hypothetical(&self, _method: &str) -> bool {
        false
    }

    fn refuses_expression(&self, error: &DbError) -> bool {
        error.message.contains("expression") && error.message.contains("disallowed")
    }
}
