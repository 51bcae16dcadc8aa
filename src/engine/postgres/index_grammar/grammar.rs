//! The one implementor of the trait; each question is answered in its own file.

use crate::engine::{
    BlockSummary, Column, DbError, IndexDefinition, IndexGrammar, IndexPart, NewObject, Operators,
    Service, Table, ValueStatistics,
};
use crate::sql::Predicate;

use super::{created, ddl, expression, partitioned, services, size, statistics, types};

/// `NAMEDATALEN - 1`.
const LONGEST_NAME: usize = 63;
/// The server's default.
const PAGES_PER_RANGE: u64 = 128;
/// `invalid_object_definition`: what the server and hypopg raise for a mutable index expression.
const INVALID_OBJECT_DEFINITION: &str = "42P17";

#[derive(Debug, Clone, Copy, Default)]
pub struct PostgresIndexes;

impl IndexGrammar for PostgresIndexes {
    fn ordered_method(&self) -> &'static str {
        "btree"
    }

    fn hashed_method(&self) -> Option<&'static str> {
        Some("hash")
    }

    fn block_summary(&self) -> Option<BlockSummary> {
        Some(BlockSummary { method: "brin", pages_per_range: PAGES_PER_RANGE })
    }

    fn serving(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        operators: &Operators,
    ) -> Vec<Service> {
        services::serving(predicate, column, operators)
    }

    fn services(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        operators: &Operators,
    ) -> Vec<Service> {
        services::services(predicate, column, operators)
    }

    fn cast_is_free(&self, column_type: &str, cast: &str, operators: &Operators) -> bool {
        services::cast_is_free(column_type, cast, operators)
    }

    fn is_immutable(&self, expression: &str, table: &Table, operators: &Operators) -> bool {
        types::is_immutable(expression, &table.columns, operators)
    }

    fn is_ordered(&self, data_type: &str) -> bool {
        services::is_ordered(data_type)
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
        ddl::create(index, name, ddl::BESIDE_TRAFFIC)
    }

    fn create_in_parts(
        &self,
        index: &IndexDefinition,
        name: &str,
        parts: &[IndexPart],
    ) -> Vec<String> {
        partitioned::create(index, name, parts)
    }

    fn drop_with_parts(&self, schema: &str, name: &str, parts: &[IndexPart]) -> String {
        partitioned::drop(schema, name, parts)
    }

    fn create_now(&self, index: &IndexDefinition, name: &str) -> String {
        ddl::create(index, name, ddl::QUICKLY)
    }

    fn drop(&self, schema: &str, _table: &str, name: &str) -> String {
        format!("DROP INDEX CONCURRENTLY IF EXISTS {};", ddl::qualified(schema, name))
    }

    fn drop_now(&self, schema: &str, _table: &str, name: &str) -> String {
        format!("DROP INDEX IF EXISTS {};", ddl::qualified(schema, name))
    }

    fn create_again(&self, ddl: &str, partitioned: bool) -> String {
        let ddl = ddl.trim_end().trim_end_matches(';');
        let beside = match partitioned {
            true => ddl.to_owned(),
            false => ddl.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1),
        };
        format!("{beside};")
    }

    fn creates(&self, statement: &str) -> Option<NewObject> {
        created::creates(statement)
    }

    fn renamed(&self, statements: &str, old: &str, new: &str) -> String {
        created::renamed(statements, old, new)
    }

    fn size_query(&self, schema: &str, name: &str) -> String {
        let relation = ddl::literal(&ddl::qualified(schema, name));
        format!(
            "SELECT COALESCE((SELECT sum(pg_catalog.pg_relation_size(relid)) \
             FROM pg_catalog.pg_partition_tree({relation}::regclass)), \
             pg_catalog.pg_relation_size({relation}::regclass))"
        )
    }

    fn parts_query(&self, schema: &str, name: &str) -> String {
        let relation = ddl::literal(&ddl::qualified(schema, name));
        format!(
            "SELECT c.relname FROM pg_catalog.pg_partition_tree({relation}::regclass) part \
             JOIN pg_catalog.pg_class c ON c.oid = part.relid WHERE part.level > 0"
        )
    }

    fn extension(&self, index: &IndexDefinition) -> Option<&'static str> {
        services::extension(index)
    }

    fn install_extension(&self, name: &str) -> String {
        format!("CREATE EXTENSION IF NOT EXISTS {};", ddl::identifier(name))
    }

    fn remove_extension(&self, name: &str) -> String {
        format!("DROP EXTENSION IF EXISTS {} RESTRICT;", ddl::identifier(name))
    }

    fn modelled_bytes(&self, index: &IndexDefinition, table: &Table, rows: f64) -> Option<u64> {
        size::modelled_bytes(index, table, rows)
    }

    fn hypothetical(&self, method: &str) -> bool {
        matches!(method, "btree" | "brin" | "hash")
    }

    fn value_statistics(
        &self,
        table: &Table,
        expression: &str,
        name: &str,
    ) -> Option<ValueStatistics> {
        statistics::of_values(table, expression, name)
    }

    fn refuses_expression(&self, error: &DbError) -> bool {
        error.sqlstate.as_deref() == Some(INVALID_OBJECT_DEFINITION)
            || error.message.contains("must be marked IMMUTABLE")
    }
}
