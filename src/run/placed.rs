//! Which tables a query means.

use crate::engine::Catalog;
use crate::sql::{Dialect, Shape};
use crate::workload::Query;

/// The query's shape, with the schemas of tables that are found by the path of its own session: everybody else looks for
/// names by the path of the server.
pub(super) fn placed(query: &Query, catalog: &Catalog, dialect: &dyn Dialect) -> Option<Shape> {
    let mut shape = query.shape.as_ref().ok().cloned()?;
    for table in shape.tables.iter_mut().filter(|table| table.schema.is_none()) {
        let name = table.name.as_str();
        let exists = |schema: &str| {
            catalog.tables.iter().any(|known| known.name == name && known.schema == schema)
        };
        table.schema = dialect.schema_on_path(&query.settings, &exists);
    }
    Some(shape)
}
