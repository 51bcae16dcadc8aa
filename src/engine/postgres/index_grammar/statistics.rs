//! Statistics on an expression, without an index on it.

use crate::engine::{Table, ValueStatistics};

use super::ddl;

/// From 14 on; older servers refuse the statement. The parts of a partitioned table are planned by their own statistics,
/// which those of the whole do not reach.
pub fn of_values(table: &Table, expression: &str, name: &str) -> Option<ValueStatistics> {
    let first = table.columns.first()?;
    let stored = matches!(table.kind.as_str(), "table" | "materialized view");
    let relation = ddl::qualified(&table.schema, &table.name);
    let statistics = ddl::qualified(&table.schema, name);
    stored.then(|| ValueStatistics {
        create: format!("CREATE STATISTICS {statistics} ON ({expression}) FROM {relation};"),
        // Naming a column leaves the statistics of the others as they are.
        gather: format!("ANALYZE {relation} ({});", ddl::identifier(&first.name)),
        remove: format!("DROP STATISTICS IF EXISTS {statistics};"),
    })
}
